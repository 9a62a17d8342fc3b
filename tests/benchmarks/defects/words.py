"""Words of an insurer: departments, titles, people, tables, duties."""

from typing import Final

DEPARTMENTS: Final = {
    "Marine Cargo": "mar",
    "Motor Claims": "mot",
    "Actuarial Reserving": "act",
    "Reinsurance Ceded": "rei",
    "Broker Relations": "bro",
    "Pensions Administration": "pen",
    "Property Surveys": "pro",
    "Investment Accounting": "inv",
    "Health Networks": "hea",
    "Recoveries": "rec",
}
"""Departments and the short word that names of containers begin with."""

TITLES: Final = (
    "Adjuster",
    "Analyst",
    "Bordereau Clerk",
    "Case Handler",
    "Controller",
    "Coordinator",
    "Loss Modeller",
    "Planner",
    "Portfolio Lead",
    "Pricing Specialist",
    "Quality Assessor",
    "Reporting Officer",
    "Surveyor",
    "Treaty Assistant",
    "Underwriter",
    "Wordings Editor",
)

FIRST: Final = (
    "Aino Bertil Carmen Dunja Eskil Fenna Gaspar Hedda Ivar Jolanta Kaspar Ludmila Marit Nevena Odd Paloma Quirin "
    "Rut Sigrid Tomasz Ulla Vesna Wout Xenia Ylva Zoran Anselm Birte Cosmin Delphine Egon Florin"
)

LAST: Final = (
    "Abrahamsen Bojarski Castellan Dragoi Eikeland Fjeldsted Grabowska Haugen Ilves Jurkovic Kettunen Lazarov "
    "Mikkelsen Novotny Ostrowski Petrescu Quist Rautio Solheim Tamberg Urbanek Verhulst Wieland Yliniemi Zeman "
    "Aaltonen Brandvold Czerny Dahlgaard Engstrand"
)

THINGS: Final = (
    "accruals appraisals bindings bordereaux brokers calls cessions clauses cohorts coupons covers deductibles "
    "endorsements estimates exposures fees garages hulls inspections invoices lapses layers limits losses notices "
    "payouts perils policies premiums quotes recoveries renewals repairs reserves routes salvage schedules "
    "settlements subrogation surrenders tariffs treaties triangles valuations vessels vouchers wordings"
)

STYLES: Final = ("{d}-{s}-{t}", "{d}{s}-{t}", "{t}-{d}-{s}", "dw-{d}-{t}-{s}")
"""How containers are called: department, system, thing."""

PAIRS: Final = (
    ("Open a claim and pay it", "payout-desk"),
    ("Book a premium and write it off", "writeoff-desk"),
    ("Set a reserve and release it", "release-desk"),
    ("Appoint a broker and settle commission", "commission-desk"),
    ("Change bank details and send the transfer", "transfer-desk"),
    ("Survey a property and accept the risk", "acceptance-desk"),
    ("Trade an asset and confirm the trade", "confirmation-desk"),
    ("Admit a clinic and approve its bills", "bills-desk"),
    ("Sell salvage and post the proceeds", "proceeds-desk"),
    ("Draft a treaty and sign it", "signing-desk"),
)
"""Pairs of duties, and the container that the second of them opens."""

RESTRICTED: Final = ("Restricted", "restricted", "PII", "Highly Confidential")
"""Ways to say it, all of which the settings know."""
