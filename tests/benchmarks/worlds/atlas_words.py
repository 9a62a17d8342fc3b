"""Words of North American and Asian banks in the cloud: areas, systems, zone vocabularies, squads and names.

Plain data; what of it a world uses, and how often, is drawn in ``atlas_conventions``.
"""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    """Words of a text."""
    return tuple(text.split())


AREAS: Final[dict[str, tuple[str, str, str, str]]] = {
    # name: short forms, kinds of teams, titles, subjects of tables
    "Retail Banking": (
        "retail rb",
        "Deposits|Branch Network|Customer Insight|Digital Channels|Everyday Banking|Pricing",
        "Branch Analyst|Deposit Product Manager|Customer Insight Analyst|Channel Planner",
        "accounts deposits branches customers households balances standing-orders gold-loan statements fees",
    ),
    "Commercial Banking": (
        "commercial cb",
        "Middle Market|Cash Management|Relationship Analytics|Lending Operations|Trade Services",
        "Relationship Analyst|Credit Structurer|Cash Product Manager|Portfolio Analyst",
        "facilities borrowers covenants collateral raw-materials-loan relationships drawdowns guarantees pipelines",
    ),
    "Capital Markets": (
        "capmkt mkts",
        "Rates|FX and Commodities|Equity Derivatives|Market Data|Trade Support|Prime Services",
        "Quantitative Analyst|Trade Support Analyst|Desk Strategist|Market Data Analyst",
        "trades positions quotes curves fixings confirmations settlements base-rates pnl gold-futures instruments",
    ),
    "Wealth Management": (
        "wealth wm",
        "Advisory|Portfolio Services|Client Reporting|Private Bank|Robo Advice",
        "Investment Analyst|Client Reporting Analyst|Advisory Associate|Portfolio Specialist",
        "portfolios holdings advisers mandates fees performance benchmarks source-of-wealth prospects",
    ),
    "Enterprise Risk": (
        "risk er",
        "Market Risk|Credit Risk|Model Validation|Stress Testing|Operational Risk|Liquidity Risk",
        "Risk Analyst|Model Validator|Stress Testing Analyst|Credit Risk Modeler",
        "exposures limits stage-2-ecl ratings scenarios lossevents var-results pd-models lgd-models watchlists",
    ),
    "Finance": (
        "finance fin",
        "General Ledger|Regulatory Reporting|Management Accounting|Tax|Product Control|Consolidation",
        "Financial Accountant|Regulatory Reporting Analyst|Product Controller|Tax Analyst",
        "journals ledgers costcentres accruals reporting-currency consolidation invoices allocations budgets",
    ),
    "Treasury": (
        "treasury try",
        "Asset Liability|Funding|Liquidity Desk|Collateral|Capital Planning",
        "ALM Analyst|Funding Analyst|Treasury Analyst|Capital Planner",
        "cashflows repos hqla nostros fundingplans gaps core-deposits intraday collateral-calls transfers",
    ),
    "Financial Crime": (
        "fincrime fcc",
        "Transaction Monitoring|Sanctions|KYC Operations|Fraud Analytics|Investigations",
        "AML Investigator|Sanctions Analyst|Fraud Data Analyst|KYC Specialist",
        "alerts cases watchlist-hits source-of-funds typologies kyc-files parties sars devices",
    ),
    "Cards and Payments": (
        "payments pay",
        "Card Issuing|Merchant Services|Real Time Payments|Disputes|Rewards",
        "Payments Analyst|Card Product Manager|Disputes Specialist|Rewards Analyst",
        "authorisations clearings chargebacks silver-card merchants wires tokens rewards final-settlement",
    ),
    "Home Lending": (
        "mortgage hl",
        "Origination|Servicing|Collections|Secondary Market|Appraisal",
        "Underwriting Analyst|Servicing Analyst|Collections Strategist|Secondary Marketing Analyst",
        "applications appraisals escrow delinquencies pools rate-locks payoffs properties modifications",
    ),
    "Insurance": (
        "insurance ins",
        "Actuarial|Claims|Bancassurance|Policy Administration",
        "Actuarial Analyst|Claims Analyst|Bancassurance Manager|Policy Specialist",
        "policies claims premiums reserves riders commissions lapse-rates reinsurers",
    ),
    "Marketing": (
        "marketing mkg",
        "Campaigns|Web Analytics|Customer Experience|Loyalty",
        "Campaign Analyst|Web Analyst|Customer Experience Manager|Segmentation Analyst",
        "campaigns landing-page-clicks sessions surveys segments offers leads consents complaints",
    ),
    "Human Resources": (
        "hr people",
        "People Analytics|Compensation|Talent|Payroll",
        "People Analyst|Compensation Analyst|Talent Partner|Payroll Specialist",
        "employees payroll leave headcount trainings applicants engagement benefits",
    ),
    "Compliance": (
        "compliance cmp",
        "Surveillance|Conduct|Regulatory Affairs|Privacy",
        "Surveillance Analyst|Conduct Officer|Regulatory Analyst|Privacy Analyst",
        "communications breaches attestations restricted-list gifts policies filings queries",
    ),
    "Trade Finance": (
        "tradefin tf",
        "Letters of Credit|Supply Chain Finance|Export Desk|Documents",
        "Trade Finance Analyst|Supply Chain Specialist|Document Examiner|Export Credit Analyst",
        "letters-of-credit bills shipments suppliers vessels discrepancies invoices-financed ports",
    ),
    "Operations": (
        "operations ops",
        "Reconciliations|Client Onboarding|Corporate Actions|Contact Centre|Document Services",
        "Reconciliation Analyst|Onboarding Specialist|Corporate Actions Analyst|Workforce Planner",
        "breaks tickets queues calls onboarding-cases ssi corporate-actions mailroom workloads",
    ),
}
"""Business areas: short forms, units, titles that tell, and what their tables are about."""

IT_UNITS: Final = ("Data Engineering", "Cloud Platform", "Integration Services", "Production Support", "Analytics CoE")
IT_TITLES: Final = ("Platform Engineer", "Cloud Engineer", "Support Engineer", "Solution Architect", "DevOps Engineer")
IT_NAMES: Final = ("Technology", "Information Technology", "Enterprise Technology", "GBS IT", "Group Technology")
ENGINEER_TITLES: Final = ("Data Engineer", "Analytics Engineer", "ETL Developer", "Data Pipeline Engineer")
CROSS_TITLES: Final = ("Product Owner", "Scrum Master", "Data Scientist", "Data Steward", "Business Analyst")
GRADES: Final = ("Associate", "Analyst", "Senior Associate", "AVP", "Vice President", "Manager", "Director", "Officer")
LEADS: Final = ("Managing Director", "Chapter Lead", "Head", "Senior Vice President", "Tribe Lead")

TRIBES: Final = _words(
    "Horizon Beacon Summit Cascade Redwood Prairie Lotus Banyan Harbour Sequoia Monsoon Peak Delta Meridian Lighthouse"
)
SQUADS: Final = _words(
    "Falcon Otter Kestrel Mango Durian Maple Moose Yuzu Sakura Kaizen Tofu Ramen Puffin Bison Orca Lynx Cobra Panda "
    "Koi Jade Onyx Saffron Chai Kimchi Bamboo Tiger Heron Condor Raven Wombat Nimbus Comet Pulsar Quasar Apollo "
    "Gemini Vega Atlas-9 Titan Nova Zephyr Mistral Typhoon Breeze Ember Flint Cobalt Indigo Crimson Teal Amber "
    "Lilac Fern Aspen Cedar Birch Juniper Willow Hickory Lychee Papaya Guava Kumquat Satay Wasabi Matcha Mochi "
    "Bento Origami Samurai Ronin Shinkansen Tuk-Tuk Rickshaw Trishaw Ferry Junk Sampan Kayak Canoe Igloo Inuksuk "
    "Totem Mesa Canyon Geyser Glacier"
)

VENDORS: Final = _words(
    "murex calypso summit kondor opics finacle t24 flexcube hogan silverlake alnova profile tsys fiserv symitar "
    "vision actimize mantas fircosoft norkom sasaml worldcheck salesforce dynamics workday peoplesoft "
    "successfactors oracleebs sapfi sapco blackline axiomsl hyperion moodys riskmetrics algo quantics bloomberg "
    "refinitiv markit wind quick kofax nice genesys adobe marketo braze encompass blackknight msp ice guidewire "
    "duckcreek ingenium tradeix misys swift fednow interac zengin upi paynow fpx cips rtgs visa mastercard jcb "
    "unionpay rupay charlesriver avaloq simcorp aladdin envestnet ncino loaniq acbs pega appian servicenow jira "
    "archer metricstream smarsh actico broadridge dtcc"
)
CODENAMES: Final = _words(
    "phoenix orion kaiju mapleleaf bluebird evergreen lotus9 dragonfly keystone cornerstone northstar skyline "
    "pathfinder compass anchorage lighthouse1 sunrise goldeneye silverline quicksilver ironwood sandstone riverbank "
    "tidepool zen fuji rainier denali kinabalu everest himawari tsubaki hanabi sumo shogun garuda naga merlion "
    "tiara orchid jasmine peony crane tortoise heronix osprey narwhal beluga walrus caribou wolverine badger coyote "
    "bobcat cougar jaguar ocelot marlin tuna salmon trout walleye pickerel sturgeon halibut grouper snapper mahi "
    "ahi unagi hamachi"
)
QUALIFIERS: Final = _words(
    "daily monthly eod intraday hist delta master detail summary header lines events status types codes map keys "
    "adj us ca sg hk jp in au east west na apac online batch legacy v2 v3 main aux ext xref audit snapshot rolling "
    "ytd mtd"
)
CURATED_TOPICS: Final = _words(
    "joined deduped enriched conformed keyed pivoted unioned valued netted matched ranked bucketed cleaned typed linked"
)
MART_TOPICS: Final = _words(
    "overview dashboard kpis cockpit scorecard trend ageing topn profitability concentration heatmap forecast "
    "monitor report pack extract benchmark cohort funnel attribution regulatory board weekly flash"
)

VOCABULARIES: Final[dict[str, tuple[str, str, str]]] = {
    "medallion": ("bronze", "silver", "gold"),
    "medallion-short": ("brz br bz", "slv sv", "gld gd"),
    "dbt": ("raw src source seed", "stg int base", "fct dim mart rpt agg"),
    "dbt-plain": ("sources", "staging intermediate", "marts reporting metrics"),
    "vault": ("stg psa landing", "hub lnk sat rdv pit", "im dm mart"),
    "caf": ("landing conformance", "enriched standardized", "curated products"),
    "warehouse": ("stage stg ods", "edw core dwh", "dm mart bi rpt"),
    "ods-dwd": ("ods sdi", "dwd dwm mid", "dws ads app"),
    "zones-short": ("lz rz", "cz tz", "pz az"),
    "in-out": ("in inbound", "proc work", "out outbound"),
    "levels": ("l0 l1", "l2", "l3 l4"),
    "tiers": ("tier3 t3", "tier2 t2", "tier1 t1"),
    "numbers": ("010 100", "020 200", "030 300"),
    "letters": ("a", "b", "c"),
    "ore": ("ore quarry", "ingot foundry", "jewel display"),
    "dock": ("dock quay", "yard depot", "shop counter"),
    "harvest": ("seed field", "sprout mill", "bread table"),
    "romaji": ("nama moto", "kako seikei", "teikyo chohyo"),
    "pinyin": ("tieyuan ty", "zhenghe zh", "jishi js"),
    "korean": ("wonbon wb", "jeongje jj", "hwalyong hy"),
    "quebec": ("brut depot", "epure conforme", "expo publie"),
    "mexico": ("crudo origen", "depurado integrado", "consumo tablero"),
    "bahasa": ("mentah asal", "bersih olah", "saji lapor"),
    "viet": ("tho nguon", "sach chuan", "baocao dung"),
    "history": ("acq land", "refine trusted", "serve publish"),
    "certified": ("asis", "certified gov", "exposed semantic"),
}
"""Words for raw, curated and consumption; the same word may stand for different zones in different shops."""

FIRST: Final = _words(
    "Wei Mei Jun Hiro Yuki Aiko Kenji Priya Arjun Ananya Rohan Siti Ahmad Nurul Minh Linh Somchai Ploy Jae Min Soo "
    "Hyun Emily Michael Jessica David Ashley James Olivia Liam Noah Emma Sophie Marc Luc Chantal Diego Lucia Mateo "
    "Carmen Tyrone Latoya Brandon Megan Ryan Kayla Sanjay Deepa Vikram Kavita Grace Joshua Angelica Jose Rizal "
    "Fatima Omar"
)
LAST: Final = _words(
    "Chen Wang Li Zhang Liu Tan Lim Ng Wong Lee Kim Park Choi Sato Suzuki Tanaka Yamamoto Sharma Patel Iyer Nair "
    "Singh Gupta Nguyen Tran Pham Rahman Abdullah Santoso Wijaya Santos Reyes Cruz Smith Johnson Williams Brown "
    "Jones Miller Davis Garcia Rodriguez Martinez Hernandez Tremblay Gagnon Roy Bouchard MacDonald Campbell "
    "Anderson Thompson White"
)
VENDOR_FIRMS: Final = ("TCS", "Infosys", "Accenture", "Cognizant", "Wipro", "NTT Data", "HCL")
