"""Words of European universal banks with a mainframe past: areas, subjects, systems, titles, zones; four languages."""

import unicodedata
from typing import Final

LANGUAGES: Final = ("de", "fr", "nl", "en")

AREAS: Final[dict[str, tuple[str, str, str, str]]] = {
    "risk": ("Risikomanagement", "Risques", "Risicobeheer", "Risk"),
    "finance": ("Finanzen", "Finances", "Financiën", "Finance"),
    "retail": ("Privatkunden", "Banque de détail", "Particulieren", "Retail Banking"),
    "corporate": ("Firmenkunden", "Entreprises", "Zakelijk", "Corporate Banking"),
    "treasury": ("Treasury", "Trésorerie", "Thesaurie", "Treasury"),
    "compliance": ("Compliance", "Conformité", "Compliance", "Compliance"),
    "payments": ("Zahlungsverkehr", "Moyens de paiement", "Betalingsverkeer", "Payments"),
    "markets": ("Handel", "Marchés", "Markten", "Markets"),
    "wealth": ("Vermögensverwaltung", "Gestion de fortune", "Vermogensbeheer", "Wealth"),
    "lending": ("Kredit", "Crédits", "Kredieten", "Lending"),
    "people": ("Personal", "Ressources humaines", "Personeel", "Human Resources"),
    "audit": ("Revision", "Inspection générale", "Interne audit", "Internal Audit"),
    "operations": ("Marktfolge", "Back-office", "Operaties", "Operations"),
    "insurance": ("Versicherungen", "Assurances", "Verzekeringen", "Insurance"),
    "sales": ("Vertriebssteuerung", "Marketing", "Marketing", "Marketing"),
}
"""Area to its name in German, French, Dutch and English."""

BOARD: Final = {
    **dict.fromkeys(("risk", "compliance", "audit"), "CRO"),
    **dict.fromkeys(("finance", "treasury", "people"), "CFO"),
    **dict.fromkeys(("retail", "corporate", "markets", "wealth", "insurance", "sales", "lending"), "CEO"),
    **dict.fromkeys(("payments", "operations", "it"), "COO"),
}
IT: Final = {"de": "Informatik", "fr": "Informatique", "nl": "ICT", "en": "IT"}

UNITS: Final[dict[str, str]] = {
    "risk": "Kreditrisiko|Risque de marché|Operationeel risico|Model Validation|Ratingverfahren|Stress Testing",
    "finance": "Konzernrechnungswesen|Contrôle de gestion|Rapportage|Regulatory Reporting|Steuern|Accounts",
    "retail": "Filialsteuerung|Cartes|Hypotheken|Deposits|Girokonto|Direct Channels",
    "corporate": "Mittelstand|Grands comptes|Leasing|Trade Finance|Immobilienkunden|Cash Management",
    "treasury": "Liquiditätssteuerung|Gestion actif-passif|Funding desk|Balance Sheet|Pfandbrief|Collateral",
    "compliance": "Geldwäscheprävention|Sanctions|Integriteit|Market Abuse|Datenschutz|Know Your Customer",
    "payments": "SEPA|Virements|Incasso|Swift Operations|Karten|Instant",
    "markets": "Devisen|Actions|Rente|Commodities|Derivate|Fixed Income",
    "wealth": "Depotberatung|Mandats|Vermogensplanning|Funds|Stiftungen|Advisory",
    "lending": "Kreditfabrik|Recouvrement|Acceptatie|Collections|Sicherheiten|Origination",
    "people": "Vergütung|Formation|Werving|Payroll|Altersversorgung|Talent",
    "audit": "Prüfung Kredit|Audit informatique|Controle|Branch Audit",
    "operations": "Abwicklung|Titres|Bewaring|Settlement|Kontoführung|Reconciliation",
    "insurance": "Bancassurance|Prévoyance|Schade|Claims|Lebensversicherung",
    "sales": "Kampagnen|Études|Klantinzicht|Analytics|Marktforschung",
    "it": "Host|Entrepôt|Platform|Data Engineering|Betrieb|Integration",
}

SUBJECTS: Final[dict[str, str]] = {
    "risk": "rating|ausfall|pd|lgd|exposition|limite|cotation|blootstelling|model|stress|bericht|engagement",
    "finance": "hauptbuch|bilanz|grandlivre|ecriture|grootboek|kosten|ledger|cost|budget|rapport|steuer|journal",
    "retail": "konto|kunde|sparbuch|compte|epargne|rekening|spaarder|card|branch|giro|kontostand|client",
    "corporate": "firma|gruppe|societe|dossier|klant|leasing|facility|guarantee|akkreditiv|relation",
    "treasury": "liquiditaet|zins|tresor|echeance|rente|funding|lcr|pfand|cashflow|collateral",
    "compliance": "verdacht|embargo|alerte|sanction|melding|kyc|screening|pep|akte|case",
    "payments": "zahlung|ueberweisung|virement|prelevement|betaling|incasso|mt103|pacs008|auftrag|source",
    "markets": "position|geschaeft|cours|ordre|handel|koers|trade|quote|kurs|instrument",
    "wealth": "depot|fonds|portefeuille|mandat|vermogen|belegging|holding|nav|bestand",
    "lending": "darlehen|sicherheit|pret|garantie|lening|hypotheek|loan|arrears|tilgung|antrag",
    "people": "mitarbeiter|gehalt|paie|absence|personeel|verlof|payroll|stelle|urlaub",
    "audit": "pruefung|feststellung|mission|constat|bevinding|finding|massnahme",
    "operations": "abwicklung|buchung|titre|reglement|boeking|settlement|recon|storno|core",
    "insurance": "police|schaden|sinistre|prime|polis|claim|vertrag|premie",
    "sales": "kampagne|abschluss|segment|campagne|prospect|lead|respons|ziel",
    "it": "protokoll|ticket|incident|journal|asset|job|melding",
    "reference": "kalender|waehrung|land|devise|pays|branche|munt|filiale|orgeinheit|calendar|currency|lei",
}

PRODUCTS: Final[dict[str, str]] = {
    "risk": "RiskMaster|Rivas|Fermat|Kredo",
    "finance": "SAP-FI|Oracle GL|Abacus|Onesumx",
    "retail": "Kordoba|Kernbank|OSPlus|Bancs",
    "corporate": "Gemini|Sirius|Equation|Lexa",
    "treasury": "Wallstreet|Kondor|Findur|Quantum",
    "compliance": "Siron|Norkom|Actimize|Embargo",
    "payments": "Swift|Tipanet|Target|Elixir",
    "markets": "Murex|Calypso|Summit|Front Arena",
    "wealth": "Avaloq|Olympic|Triple-A|Simcorp",
    "lending": "Kreda|Ekip|Cassiopae|Loaniq",
    "people": "Paisy|HR Access|SAP-HCM|Beaufort",
    "audit": "Audimex|Revis",
    "operations": "Geos|Megara|Sesam|Intellimatch",
    "insurance": "Msg Life|Graphtalk|Levia",
    "sales": "Siebel|Unica|Salesforce|Kampa",
    "it": "Remedy|Endevor|Tivoli",
}

TITLES: Final[dict[str, str]] = {
    "risk": "Kreditrisikoanalyst|Analyste risques|Risicomodelleur|Risk Analyst",
    "finance": "Bilanzbuchhalter|Contrôleur de gestion|Verslaglegger|Financial Controller",
    "retail": "Produktmanager Konto|Chargé de clientèle|Productbeheerder|Retail Analyst",
    "corporate": "Firmenkundenbetreuer|Gestionnaire grands comptes|Relatiebeheerder|Corporate Analyst",
    "treasury": "Liquiditätsmanager|Trésorier|Thesauriemedewerker|ALM Analyst",
    "compliance": "Geldwäscheanalyst|Analyste conformité|Integriteitsmedewerker|AML Investigator",
    "payments": "Referent Zahlungsverkehr|Gestionnaire flux|Betalingsspecialist|Payments Analyst",
    "markets": "Händler|Opérateur de marché|Handelaar|Product Controller",
    "wealth": "Depotberater|Gérant de portefeuille|Vermogensplanner|Portfolio Analyst",
    "lending": "Kreditsachbearbeiter|Analyste crédit|Acceptant|Credit Officer",
    "people": "Personalreferent|Gestionnaire paie|Personeelsadviseur|HR Analyst",
    "audit": "Revisor|Inspecteur|Auditor|Internal Auditor",
    "operations": "Sachbearbeiter Abwicklung|Gestionnaire titres|Medewerker bewaring|Settlement Officer",
    "insurance": "Versicherungsreferent|Gestionnaire sinistres|Polisbeheerder|Claims Analyst",
    "sales": "Kampagnenmanager|Chargé d'études|Marktonderzoeker|Campaign Analyst",
    "it": "Anwendungsentwickler|Ingénieur données|Data-ingenieur|Data Engineer",
}
SENIOR: Final = {"de": "Leiter", "fr": "Responsable", "nl": "Hoofd", "en": "Head of"}
LEAD: Final = {"de": "Teamleiter", "fr": "Chef d'équipe", "nl": "Teamleider", "en": "Team Lead"}
GENERIC: Final = {
    "de": ("Spezialist", "Referent", "Sachbearbeiter", "Gruppenleiter"),
    "fr": ("Chargé de mission", "Cadre", "Gestionnaire", "Chef de groupe"),
    "nl": ("Medewerker", "Specialist", "Adviseur", "Manager"),
    "en": ("Associate", "Analyst", "AVP", "Vice President"),
}
ENGINEER: Final = {"de": "Dateningenieur", "fr": "Ingénieur données", "nl": "Data-ingenieur", "en": "Data Engineer"}

_FIRST: Final = (
    "Anna Bernd Claire Dirk Elke Farid Greet Hans Inge Jules Karin Luc Maarten Nadia Olaf Petra Quentin Rik "
    "Sabine Thomas Ulla Veerle Wim Xavier Yvonne Zoë Céline Jürgen Sanne Étienne Katrin Pieter Aurélie Marc "
    "Heike Noor"
)
FIRST: Final = tuple(_FIRST.split())
_LAST: Final = (
    "Müller Schmidt Weber Wagner Becker Hoffmann Koch Richter Wolf Neumann Dubois Lefèvre Moreau Girard Lambert "
    "Rousseau Fontaine Mercier Janssens Peeters Maes Claes Willems Jansen Visser Smit Meijer Bakker Mulder Bos "
    "Taylor Hughes Khan Rossi Novak Huber Steiner Gruber Keller Brunner"
)
LAST: Final = tuple(_LAST.split())
_NICKNAMES: Final = (
    "Leuchtturm Orion Falke Tulipe Brug Atlas Polaris Kompass Mistral Delta Zeder Anker Lotus Turm Saphir Eiger "
    "Meuse Phoenix Nordlicht Boussole Molen Kranich Vega Arche Luchs Granit Ardenne Zephyr Quelle Bastion Merel "
    "Iris Tandem Horizont Alizé Vuurtoren Pegasus Steinbock Rubis Walnuss Capella Herzog Dunes Otter Safran "
    "Klaver Linde Ypsilon"
)
NICKNAMES: Final = tuple(_NICKNAMES.split())

Vocabulary = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
VOCABULARIES: Final[dict[str, Vocabulary]] = {
    "medallion": (("bronze",), ("silver",), ("gold",)),
    "english": (("raw", "landing"), ("curated", "conformed", "clean"), ("mart", "report", "serving")),
    "lake": (("raw", "ingest"), ("enriched", "standardized"), ("curated", "consumption")),
    "deutsch": (
        ("roh", "quelle", "anlieferung"),
        ("bereinigt", "aufbereitet", "veredelt", "kern"),
        ("auswertung", "bericht", "ausgabe"),
    ),
    "deutsch-kurz": (("anl", "qu"), ("aufb", "ver"), ("ausw", "ber")),
    "francais": (("brut", "depot"), ("socle", "pivot", "propre"), ("restitution", "magasin", "usage")),
    "nederlands": (("bron", "ruw", "aanlevering"), ("verrijkt", "geschoond", "kern"), ("rapportage", "levering")),
    "levels-0": (("l0",), ("l1",), ("l2",)),
    "levels-1": (("l1",), ("l2",), ("l3",)),
    "numbers": (("10", "15"), ("40", "45"), ("80", "85")),
    "numbers-down": (("9",), ("5",), ("1",)),
    "host": (("unl", "ent"), ("srt", "abg"), ("lst", "drk")),
    "etl": (("stg", "ods"), ("dwh", "core", "int"), ("dm", "rpt")),
    "etl-late": (("src", "ext"), ("stg", "ods", "base"), ("dwh", "mart")),
    "dbt": (("src", "seed"), ("stg", "int", "base"), ("fct", "dim", "mart", "rpt")),
    "sas": (("inp", "ext"), ("lib", "prep"), ("mart", "va", "out")),
    "focus": (("ftm", "suf"), ("hld", "mst"), ("rep", "pub")),
    "harbour": (("hafen",), ("werk",), ("laden",)),
    "rivers": (("seine",), ("loire",), ("rhone",)),
    "letters": (("e",), ("k",), ("a",)),
    "letters-2": (("a",), ("b",), ("c",)),
    "stones": (("erz",), ("stahl",), ("chrom",)),
}
"""Vocabulary to its words for raw, curated and consumption; the same word means other things in other shops."""

SHOP_VOCABULARIES: Final = {
    "host": ("host", "deutsch", "deutsch-kurz", "numbers", "letters", "nederlands", "francais", "levels-1"),
    "dwh": ("etl", "etl-late", "deutsch", "francais", "nederlands", "numbers-down", "stones", "levels-0", "english"),
    "sas": ("sas", "etl-late", "letters-2", "deutsch-kurz", "english"),
    "focus": ("focus", "english", "letters", "francais", "host"),
    "cloud": ("medallion", "lake", "english", "levels-0", "levels-1", "harbour", "rivers"),
    "dbt": ("dbt",),
}


def plain(text: str) -> str:
    """Lower-case letters and digits alone, as a container name has them.

    Examples
    --------
    >>> plain("Financiën")
    'financien'
    """
    german = text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    ascii_only = unicodedata.normalize("NFKD", german).encode("ascii", "ignore").decode()
    return "".join(one for one in ascii_only if one.isalnum())


def clipped(word: str, length: int = 4) -> str:
    """A word the way a DB2 table name has it: vowels after the first letter dropped.

    Examples
    --------
    >>> clipped("hauptbuch")
    'hptb'
    """
    return (word[:1] + "".join(one for one in word[1:] if one not in "aeiouy"))[:length]
