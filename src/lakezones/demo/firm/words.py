"""The Firm's vocabulary: domains, jobs, names of people, of systems and of tables, tokens of zones.

Nothing is computed here. A seed decides which of these words it uses.
"""

from dataclasses import dataclass
from typing import Final


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True)
class Domain:
    """A business domain: its short name, spellings of its department, its teams and what its tables hold."""

    name: str
    short: tuple[str, ...]
    departments: tuple[str, ...]
    teams: tuple[str, ...]
    subjects: tuple[str, ...]


DOMAINS: Final = (
    Domain(
        "retail-lending",
        ("rl", "lend", "rtl", "loans"),
        ("Retail Lending", "Lending - Retail", "RETAIL LENDING", "Consumer Lending"),
        ("Mortgage", "Collections", "Consumer Loans", "Underwriting", "Loan Servicing"),
        ("loan", "mortgage", "instalment", "collateral", "arrears", "application", "underwriting", "rate-lock"),
    ),
    Domain(
        "risk",
        ("rsk", "risk", "rm", "crisk"),
        ("Risk Management", "Risk", "Group Risk", "RISK MGMT"),
        ("Credit Risk", "Market Risk", "Model Risk", "Operational Risk", "Stress Testing"),
        ("pd-score", "lgd", "exposure", "scenario", "limit", "rating", "provision", "var-result"),
    ),
    Domain(
        "finance",
        ("fin", "gl", "acct", "fi"),
        ("Finance", "Group Finance", "Finance & Control", "FINANCE"),
        ("Accounting", "Controlling", "Regulatory Reporting", "Tax", "Planning"),
        ("ledger", "journal", "cost-centre", "accrual", "balance", "budget", "invoice", "trial-balance"),
    ),
    Domain(
        "payments",
        ("pay", "pmt", "pymt", "py"),
        ("Payments", "Payment Services", "PAYMENTS", "Payments & Cash Mgmt"),
        ("Cards", "Clearing", "Instant Payments", "Cash Management", "Fraud Desk"),
        ("payment", "card-txn", "settlement", "clearing", "mandate", "merchant", "swift-msg", "chargeback"),
    ),
    Domain(
        "marketing",
        ("mkt", "mktg", "crm", "mk"),
        ("Marketing", "Marketing & Brand", "Customer & Marketing", "MARKETING"),
        ("Campaigns", "Customer Insight", "Digital", "Loyalty"),
        ("campaign", "customer", "segment", "contact", "offer", "response", "web-visit", "consent"),
    ),
    Domain(
        "treasury",
        ("try", "tsy", "treas", "alm"),
        ("Treasury", "Group Treasury", "Treasury & ALM", "TREASURY"),
        ("Liquidity", "Asset Liability Mgmt", "Funding", "Dealing Room"),
        ("position", "deal", "cash-flow", "yield-curve", "hedge", "bond", "fx-trade", "liquidity"),
    ),
    Domain(
        "compliance",
        ("cmp", "aml", "comp", "kyc"),
        ("Compliance", "Compliance & Ethics", "Financial Crime Compliance", "COMPLIANCE"),
        ("AML", "Sanctions", "KYC Review", "Conduct"),
        ("alert", "case", "watchlist", "screening", "kyc-profile", "sar", "sanction-hit", "pep"),
    ),
    Domain(
        "human-resources",
        ("hr", "hcm", "ppl", "pers"),
        ("Human Resources", "HR", "People & Culture", "Personnel"),
        ("Payroll", "Recruiting", "Workforce Analytics"),
        ("employee", "payroll", "absence", "position-plan", "appraisal", "vacancy", "training", "timesheet"),
    ),
    Domain(
        "operations",
        ("ops", "opr", "it", "bo"),
        ("Operations", "IT & Operations", "Back Office", "OPERATIONS"),
        ("Data Platform", "Service Desk", "Back Office", "Branch Operations", "Batch Control"),
        ("ticket", "batch-job", "branch", "queue", "work-item", "outage", "atm-event", "document"),
    ),
    Domain(
        "deposits",
        ("dep", "sav", "cda", "dda"),
        ("Deposits & Savings", "Deposits", "Savings", "DEPOSITS"),
        ("Current Accounts", "Savings Products", "Pricing", "Account Maintenance"),
        ("account", "deposit", "interest", "statement", "overdraft", "fee", "standing-order", "closure"),
    ),
    Domain(
        "corporate-banking",
        ("corp", "cib", "cb", "whs"),
        ("Corporate Banking", "Corporates & Institutions", "CORPORATE", "Wholesale"),
        ("Trade Finance", "Large Corporates", "Syndications", "Relationship Management"),
        ("facility", "guarantee", "letter-of-credit", "covenant", "counterparty", "pipeline-deal", "drawdown"),
    ),
    Domain(
        "wealth",
        ("wlth", "wm", "inv", "pb"),
        ("Wealth Management", "Private Banking", "WEALTH", "Investments"),
        ("Advisory", "Portfolio Management", "Custody"),
        ("portfolio", "holding", "order", "nav", "security", "mandate-profile", "performance", "dividend"),
    ),
)

ENGINEER: Final = "Data Engineer"
"""The job that holds the entitlements to write."""

JOBS: Final = (
    ENGINEER,
    "Analyst",
    "Senior Analyst",
    "Reporting Specialist",
    "Manager",
    "Product Owner",
    "Data Scientist",
    "Controller",
    "Operations Officer",
    "Model Developer",
    "Team Assistant",
    "Process Specialist",
)

FIRST: Final = _split(
    "Anna Bram Carla Daan Elif Farid Greta Hugo Ines Joris Katja Luca Maya Nils Olga Pieter Quinn Rosa Sven "
    "Tara Umar Vera Wim Xenia Yusuf Zoe Aisha Boris Chiara Dirk Emma Fatima Gijs Hana Ivo Jana Koen Lotte Milan "
    "Nora Omar Paula Ruben Sara Thijs Ursula Victor Wanda Youssef Zara"
)
LAST: Final = _split(
    "Aalto Bakker Costa Dekker Eriksen Fischer Garcia Hansen Ivanov Jansen Kowalski Lambert Meyer Novak Olsen "
    "Peters Quist Rossi Smit Tanaka Ueda Visser Weber Yilmaz Zhang Albers Bosman Claes Dumont Engel Fontaine "
    "Gruber Hoekstra Isik Jonker Keller Larsen Moreau Nguyen Okafor Popescu Ricci Sharma Thomsen Urban Vogel "
    "Willems Yang Zeman Osei"
)

SYSTEMS: Final = (
    ("db2", ("db2p", "dsn", "zos", "db2")),
    ("sas", ("sas", "saslib", "sgrid", "sasdm")),
    ("webfocus", ("wf", "wfocus", "focus")),
    ("core", ("core", "tmnos", "finacle", "hogan")),
    ("oracle", ("ora", "orcl", "ebs")),
    ("teradata", ("td", "tdw", "edw")),
    ("sqlserver", ("mssql", "sqlp", "dwsql")),
    ("sap", ("sap", "bw", "s4")),
    ("hadoop", ("hdp", "hive", "cdh")),
    ("salesforce", ("sfdc", "crm")),
    ("vendor", ("vnd", "ext", "feed")),
    ("files", ("mft", "sftp", "share")),
)
"""Kinds of systems of record, with the stems their codes are made of."""

QUALIFIERS: Final = _split(
    "hdr dtl hist daily mthly bal addr status event type link xref note rate flag summary code plan key doc "
    "party role schedule version audit calc detail entry group item master param period profile ref rule"
)

TOKENS: Final = {
    "raw": ("landing", "raw", "src", "bronze", "lnd", "ods", "ingest", "inbound", "unload", "hdfs", "sasin"),
    "curated": ("stg", "int", "std", "cur", "silver", "conformed", "clean", "base", "integ", "trusted"),
    "consumption": ("mart", "dim", "fct", "rpt", "gold", "agg", "kpi", "cube", "bi", "dash", "sasmart"),
}
"""Tokens that people put in a name to say the zone, by zone."""

SANDBOX_TOKENS: Final = ("sbx", "sandbox", "play", "tmp", "poc", "scratch")

CONVENTIONS: Final = ("area", "token-first", "warehouse", "db2", "sas", "token-last", "opaque", "dated")
"""Ways people name containers; `lakezones.demo.firm.naming` spells each out."""

FORMATS: Final = {
    "raw": (("csv", 40), ("parquet", 20), ("avro", 14), ("json", 10), ("ebcdic", 10), ("sas7bdat", 6)),
    "curated": (("parquet", 60), ("delta", 30), ("csv", 6), ("sas7bdat", 4)),
    "consumption": (("parquet", 45), ("delta", 42), ("csv", 8), ("sas7bdat", 5)),
    "sandbox": (("csv", 60), ("parquet", 40)),
    "dead": (("csv", 50), ("parquet", 35), ("sas7bdat", 15)),
}
"""File formats and their weights, by zone."""

FILES: Final = {
    "csv": "load/export.csv",
    "parquet": "data/part-00000.snappy.parquet",
    "delta": "part-00000-c000.snappy.parquet",
    "avro": "data/part-00000.avro",
    "json": "data/records-00000.json",
    "ebcdic": "unload.dat",
    "sas7bdat": "table.sas7bdat",
}
"""The first file of a container, by format."""

CLIENTS: Final = (
    ("00000009-0000-0000-c000-000000000000", "PowerBI"),
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "AZURECLI/2.80.0"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "AzurePowershell/14.2.0"),
    ("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d", "Hadoop-ABFS/3.3.6"),
    ("579a7132-0e58-4d80-b1e1-7a1e2d337859", "AzCopy/10.30.0"),
)
"""Clients that people read a lake with: application id as Microsoft publishes it, and how it names itself."""

SERVICE_CLIENT: Final = "azsdk-java-azure-storage-file-datalake/12.24.0"

LOADS: Final = ("daily", "hourly", "weekly", "monthly", "on-demand")
SENSITIVITIES: Final = ("public", "internal", "confidential")
TAIL: Final = ("full", "delta", "adhoc", "v2", "eom")

REPORT_TOOLS: Final = ("tableau", "webfocus", "alteryx", "powerbi", "synapse")
