"""Texts of the institutions of the family `sealed`; read by `sealed_words`."""

from typing import Final

HOUSES: Final[dict[str, str]] = {
    "es-bank": """
tongue: es
entity: Banca Ibérica Norte
country: es
nouns: cliente; contrato; cuenta; movimiento; oficina; producto; divisa; tercero; evento; saldo; apunte; documento
titles: Técnico; Gestor; Responsable; Especialista; Administrativo
engineers: Ingeniero de Datos; Desarrollador ETL; Arquitecto de Datos
head: Director
hub: Oficina del Dato
technology: Tecnología; Sistemas
data: Datos y Reporting
team: Equipo
systems: altamira; partenon; host390; sirex; goya; tramita; avalon; cirbe; swiftes; murex3; nacar; sibis; riskcenter
products: brujula; faro; mirador; zafiro; atalaya; cantera; almena
own: Ebro; Duero; Tajo; Genil; Júcar; Segura; Miño; Turia; Nalón; Sella; Esla; Arlanza; Cinca; Pisuerga
Riesgos|RIE|Riesgo de Crédito;Modelos Internos|exposicion;rating;garantia;mora|Analista de Riesgos;Modelizador
Banca Minorista|BMI|Red Norte;Hipotecas;Consumo|hipoteca;prestamo;deposito;nomina|Gestor de Producto;Analista Comercial
Tesorería|TES|Mesa de Divisas;Liquidez;Renta Fija|deal;cupon;colateral;curva;nostro|Operador de Mesa;Analista ALM
Intervención General|IG|Contabilidad;Información Regulatoria|asiento;balance;finrep;cosif|Contable;Controller
Cumplimiento|CUM|Prevención de Blanqueo;Conducta|alerta;sancion;titular;operativa;expediente|Analista PBC
Medios de Pago|MDP|Tarjetas;Adquirencia;Disputas|tarjeta;autorizacion;comercio;tpv;disputa|Analista de Tarjetas
Recuperaciones|REC|Precontencioso;Adjudicados;Concursal|demanda;quita;subasta;inmueble;impago|Gestor de Recobro
""",
    "br-bank": """
tongue: pt
entity: Banco Serra Verde
country: br
nouns: cliente; contrato; conta; lancamento; agencia; produto; moeda; parcela; evento; saldo; titulo; documento
titles: Analista Júnior; Analista Pleno; Analista Sênior; Coordenador; Assistente
engineers: Engenheiro de Dados; Desenvolvedor ETL; Analista de Dados Sênior
head: Superintendente
hub: Escritório de Dados
technology: Tecnologia; Sistemas Corporativos
data: Célula de Dados
team: Squad
systems: sisbr; topaz; autbank; crk; mitra; selic2; spb; quod; ccs4; sinqia; opus; matera; jd5; pixhub
products: jatoba; ipe; aroeira; mogno; sucupira; angico; cedro
own: Tucano; Arara; Jaguar; Lobo-guará; Capivara; Tamanduá; Mico; Ariranha; Sabiá; Boto; Quati; Harpia; Seriema
Crédito Consignado|CCO|Originação;Convênios;Averbação|averbacao;margem;convenio;proposta;refin|Analista de Crédito
Câmbio|CAM|Mesa de Câmbio;Comércio Exterior;Remessas|fechamento;boleta;remessa;embarque;ptax|Operador de Câmbio
Cartões|CAR|Emissão;Chargeback;Fidelidade|fatura;portador;limite;pontos;bandeira|Analista de Cartões
Prevenção a Fraudes|PFR|Monitoramento;Biometria|alerta;dispositivo;contestacao;biometria|Analista de Fraudes
Controladoria|CTR|Contabilidade;Orçamento;Fiscal|razao;balancete;orcamento;tributo;rateio|Contador;Analista Fiscal
Agronegócio|AGR|Custeio;Cooperativas;Garantias Rurais|safra;cedula;gleba;vistoria;penhor|Gerente Agro
Ouvidoria e Jurídico|OUV|Contencioso;Atendimento Bacen|processo;reclamacao;acordo;deposito-judicial;parecer|Advogado
Tesouraria|TSR|Captação;Liquidez;ALM|cdb;lci;gap;curva;hedge|Analista ALM
""",
    "pt-insurer": """
tongue: pt
entity: Lusitana Seguros
country: pt
nouns: apolice; tomador; segurado; agente; recibo; produto; morada; adesao; evento; documento; cobertura; simulacao
titles: Técnico; Técnico Especialista; Gestor; Coordenador; Assistente
engineers: Engenheiro de Dados; Programador; Administrador de Dados
head: Director
hub: Centro de Competência de Dados
technology: Sistemas de Informação; Infraestruturas
data: Informação de Gestão
team: Núcleo
systems: tecnisys; gis400; duckcreek; i2s; vidaplus; sinerg; medibase; coface; oficinas; rea; bdp; sapfs; portalag
products: farol; caravela; bussola; gaivota; azulejo; rabelo; sextante
own: Sagres; Belém; Mondego; Arrábida; Gerês; Ria; Berlenga; Sado; Marão; Caramulo; Bussaco; Gardunha
Sinistros|SIN|Automóvel;Patrimoniais;Peritagem|sinistro;peritagem;oficina;indemnizacao|Gestor de Sinistros;Perito
Subscrição|SUB|Empresas;Particulares;Tarifação|cotacao;risco;tarifa;questionario;anulacao|Subscritor
Actuariado|ACT|Reservas;Solvência II;Pricing|triangulo;tabua;reserva;cenario;premio|Actuário
Vida e Pensões|VID|Rendas;Fundos de Pensões;Unit-Linked|resgate;renda;beneficiario;unidade;vencimento|Técnico Vida
Resseguro|RSS|Tratados;Facultativo|tratado;cessao;bordereau;quota;cat|Técnico de Resseguro
Cobranças|COB|Débitos Directos;Contencioso|debito;estorno;mandato;aviso;mediador|Técnico de Cobranças
Rede Comercial|RCO|Mediadores;Bancasseguros;Marketing|lead;comissao;campanha;objectivo;carteira|Gestor Comercial
Contabilidade|CTB|Fecho;Reporte ASF|razao;balancete;ifrs17;csm;centro-custo|Contabilista
""",
    "it-bank": """
tongue: it
entity: Credito Adriatico
country: it
nouns: cliente; rapporto; conto; movimento; filiale; prodotto; divisa; garante; evento; saldo; causale; documento
titles: Addetto; Specialista; Referente; Responsabile; Quadro Direttivo
engineers: Data Engineer; Sviluppatore ETL; Sistemista Dati
head: Direttore
hub: Presidio Dati
technology: Servizi Informatici; Esercizio
data: Dati e Controlli
team: Nucleo
systems: gesbank; cedacri; csecons; sibel; murexit; pef; anadip; tesis; sepa9; cr-bi; k2lease; oasi; fido2; arcodoc
products: bussola; lanterna; murano; rialto; carrara; vesta; torre
own: Adda; Brenta; Tagliamento; Isonzo; Piave; Arno; Nera; Volturno; Sesia; Trebbia; Reno; Secchia; Metauro
Crediti|CRE|Istruttoria;Monitoraggio;Crediti Deteriorati|pratica;fido;sofferenza;perizia|Analista Fidi;Gestore NPL
Finanza|FIN|Tesoreria;Portafoglio Titoli;Back Office Finanza|titolo;cedola;operazione;curva;margine|Gestore Portafoglio
Antiriciclaggio|AML|Segnalazioni Operazioni Sospette;Adeguata Verifica|aui;titolare;profilo;anomalia|Analista AML
Monetica|MON|Carte;POS;Disconoscimenti|carta;autorizzazione;esercente;terminale;reclamo|Specialista Carte
Amministrazione e Bilancio|BIL|Bilancio;Segnalazioni di Vigilanza;Fiscale|partitario;bilancio;finrep;cespite|Contabile
Controllo Rischi|RSK|Rischio di Mercato;Rischio Operativo;Convalida|perdita;var;pd;evento-rischio;scenario|Risk Manager
Rete e Marketing|RET|Filiali;Campagne;Multicanalità|campagna;appuntamento;budget;contatto|Gestore Affluent
Organizzazione e Personale|ORG|Personale;Formazione|dipendente;presenza;corso;organico;cedolino|Specialista HR
""",
    "sv-bank": """
tongue: sv
entity: Mälarbanken
country: se
nouns: kund; avtal; konto; transaktion; kontor; produkt; valuta; fullmakt; handelse; saldo; adress; dokument
titles: Handläggare; Senior handläggare; Specialist; Gruppchef; Rådgivare
engineers: Dataingenjör; Systemutvecklare; Informationsarkitekt
head: Avdelningschef
hub: Dataplattform
technology: IT; Drift och Infrastruktur
data: Data och Analys
team: Grupp
systems: bankgiro; kundsys; lanbas; nordfx; finacle; vps; hogia; agresso; sebra; bolink; kort7; trygg; lvk; ostra
products: kompass; fyren; granit; bjork; norrsken; ledstjarna; skargard
own: Björnen; Vargen; Lodjuret; Älgen; Örnen; Haren; Uttern; Räven; Tranan; Gösen; Laxen; Ugglan; Järven
Bolån|BOL|Kreditprövning;Värdering;Löpande Lån|lan;pant;vardering;amortering;ranta|Kredithandläggare
Kort och Betalningar|KOB|Kort;Swish och Giro;Reklamation|kort;betalning;autogiro;reklamation;inlosen|Betalspecialist
Kapitalförvaltning|KAP|Fondförvaltning;Diskretionär;Handel|innehav;order;fond;nav;utdelning|Förvaltare
Regelefterlevnad|REG|Penningtvätt;Sanktioner|larm;kundkannedom;sanktion;rapport-fipo;pep|AML-utredare
Ekonomi|EKO|Redovisning;Controlling|huvudbok;verifikat;kontoplan;moms|Controller;Redovisningsekonom
Riskkontroll|RIS|Kreditrisk;Modellvalidering;Operativ Risk|exponering;lgd;incident;limit;stresstest|Riskanalytiker
Företag|FTG|Leasing;Factoring;Företagskredit|faktura;objekt;kreditram;koncern;sakerhet|Företagsrådgivare
""",
    "da-pension": """
tongue: da
entity: Nordstjerne Forsikring
country: dk
nouns: police; kunde; aftale; praemie; medlem; produkt; adresse; haendelse; dokument; betaling; maegler; daekning
titles: Medarbejder; Seniormedarbejder; Specialist; Teamleder; Konsulent
engineers: Dataingeniør; Udvikler; BI-udvikler
head: Afdelingsleder
hub: Fælles Data
technology: Koncern-IT; IT Drift
data: Data og Indsigt
team: Team
systems: tia; edlund; pensys; skadenet; simcorp; navision; nets8; fkreg; cprsync; genfor; ditsag; prokap; lifenord; obs3
products: havfrue; fyrtaarn; rundetaarn; dannebro; skagen; klit; vadehav
own: Gudenå; Skjern; Storå; Limfjord; Møn; Samsø; Anholt; Læsø; Fanø; Rømø; Bornholm; Endelave
Skade|SKA|Motor;Bygning;Personskade;Taksator|skade;taksering;regres;vaerksted;erstatning|Skadebehandler;Taksator
Pension|PEN|Udbetaling;Firmaordninger;Rådgivning|bidrag;udbetaling;firmaaftale;depot;overforsel|Pensionsrådgiver
Aktuariat|AKT|Hensættelser;Produktpris;Solvens|triangel;dodelighed;hensaettelse;tarif;scenarie|Aktuar
Genforsikring|GEN|Kontrakter;Afregning|kontrakt;afregning;andel;katastrofe;bordereau|Genforsikringsspecialist
Investeringer|INV|Obligationer;Ejendomme;Middle Office|position;handel;kurs;ejendom;modpart|Porteføljemanager
Salg og Kunder|SOK|Erhverv;Privat;Kundecenter|tilbud;kampagne;opkald;klage;opsigelse|Assurandør
Økonomi|OKO|Bogholderi;Koncernrapportering|finanspost;kontoplan;budget;skat;ifrs17|Controller
""",
    "in-bank": """
tongue: in
entity: Deccan Grameen Bank
country: in
nouns: customer; cif; account; txn; branch; product; ccy; nominee; event; balance; voucher; kyc-doc
titles: Officer; Assistant Manager; Deputy Manager; Chief Manager; Executive
engineers: ETL Developer; Data Engineer; DBA
head: AGM
hub: Data & Analytics Centre
technology: Information Technology; DC Operations
data: MIS Cell
team: Cell
systems: finaclein; flexcube; bancs24; upiswitch; nach; cibilx; lendperf; omniflow; sfms; rupay; goldln; posidex
products: ashoka; charminar; konark; nalanda; sanchi; hampi; ellora
own: Godavari; Krishna; Tungabhadra; Kaveri; Bhima; Manjira; Musi; Penna; Sabari; Indravati; Pranhita
Retail Liabilities|RLB|CASA;Term Deposits;Branch Banking|casa;fd;sweep;lien;cheque|Product Manager Liabilities
Retail Assets|RAS|Home Loans;Gold Loans;Vehicle Loans;Sanctions Desk|loan;emi;collateral;sanction|Credit Officer
Collections|COL|Early Bucket;Legal & Recovery;Agency Management|bucket;ptp;npa;allocation;settlement|Collection Officer
Central Operations|COP|Clearing;NEFT RTGS Desk;Reconciliation|clearing;utr;reject;recon-item;suspense|Recon Officer
Vigilance|VIG|Fraud Monitoring;Transaction Surveillance|str;ctr;red-flag;alert;case|Vigilance Officer
Treasury|TRY|Forex Dealing;SLR Portfolio;Mid Office|gsec;forward;nostro;crr;mtm|Dealer
Priority Sector & Agri|PSL|KCC;SHG;MSME|kcc;shg;crop;subsidy;mudra|Agri Officer
Audit & Inspection|AUD|Concurrent Audit;RBIA|observation;branch-audit;compliance-item;sample;score|Inspecting Officer
Regulatory Returns|RET|RBI Returns;Statutory Accounts|dsb;alm-stmt;gl;trial-balance;schedule|Returns Officer
""",
    "uk-funds": """
tongue: en
entity: Harrow & Vale Investments
country: uk
nouns: holding; instrument; account; trade; counterparty; price; benchmark; mandate; event; cashflow; entity; document
titles: Associate; Analyst; Senior Analyst; Vice President; Manager
engineers: Data Engineer; Integration Developer; Quant Developer
head: Head of Department
hub: Enterprise Data
technology: Technology; Platform Services
data: Data Stewards
team: Pod
systems: aladn; crims; gpcore; geneva; bbgdl; simdim; hiport; statpro; msciesg; omgeo; xceptor; salesfc; invone; dstfast
products: lighthouse; sextant; beacon; cairn; meridian; harbour; plumbline
own: Skiddaw; Helvellyn; Blencathra; Scafell; Coniston; Cadair; Tryfan; Nevis; Lomond; Bowfell; Catbells
Portfolio Management|PM|Equities;Fixed Income|position;model;signal;allocation|Portfolio Manager;Investment Analyst
Dealing|DLG|Equity Desk;FX Desk;TCA|order;execution;broker;venue;commission|Dealer
Fund Accounting|FA|NAV Oversight;Expenses;Year End|nav;accrual;expense;swing;distribution|Fund Accountant
Client Servicing|CS|Institutional;Wholesale;RFP|client;query;fee-schedule;report-pack;onboarding|Client Manager
Investment Risk|IR|Market Risk;Liquidity;Performance|exposure;var;stress;attribution|Risk Analyst;Performance Analyst
Distribution|DST|UK Intermediaries;EMEA;Marketing|flow;adviser;pipeline;campaign;platform|Sales Manager
Product Governance|PG|Product Development;Value Assessment|prospectus;share-class;ocf;target-market|Product Specialist
Transfer Agency|TA|Dealing Desk;Registration;Distributions|register;subscription;redemption;investor|TA Administrator
Finance|FIN|Management Accounts;Regulatory Capital|ledger;journal;cost-centre;accrual-fin;icara|Accountant
""",
    "uk-specialty": """
tongue: en
entity: Corvane Syndicate
country: gb
nouns: policy; risk; insured; broker; section; premium; currency; endorsement; event; party; slip; document
titles: Assistant; Executive; Senior Executive; Manager; Specialist
engineers: Data Engineer; MI Developer; Solutions Engineer
head: Head of Function
hub: Data & MI Hub
technology: IT Services; Service Delivery
data: MI
team: Team
systems: eclipse; genius; subscribe; ppl; rmsrisk; tyche; igloo; ecf2; xchg; vipr; dxcwb; sunsys; sanctn; touchst
products: astrolabe; quayside; lutine; halyard; ensign; capstan; fathom
own: Dogger; Fisher; Viking; Forties; Humber; Wight; Portland; Plymouth; Lundy; Fastnet; Rockall; Malin
Claims|CLM|Marine Claims;Casualty Claims;Recoveries|claim;reserve;loss-fund;adjuster;subrogation|Claims Adjuster
Underwriting|UW|Property;Cyber;Marine;Political Risks|quote;bind;layer;line-size|Underwriter;Underwriting Assistant
Exposure Management|EXM|Cat Modelling;Accumulations|footprint;elt;aggregate;rds;geocode|Cat Modeller
Delegated Authority|DA|Coverholders;Bordereaux;Audit|binder;bordereau;coverholder;audit-point;uma|DA Technician
Ceded Reinsurance|RI|Treaty Placement;RI Accounts|treaty;cession;reinstatement;ri-security;collection|RI Technician
Actuarial|ACT|Reserving;Pricing;Capital|triangle;ulr;pricing-model;capital-run;rate-index|Actuary;Actuarial Analyst
Finance|FIN|Credit Control;Lloyd's Reporting;Tax|ledger;journal;debtor;qma;settlement-fin|Accountant;Credit Controller
Conduct & Compliance|CC|Sanctions;Conduct|breach;complaint;screening;licence;attestation|Compliance Officer
""",
}

NAMES: Final[dict[str, tuple[str, str]]] = {
    "es": (
        "Lucía;Javier;Marta;Íñigo;Carmen;Álvaro;Nuria;Pablo;Elena;Rubén;Irene;Gonzalo;Pilar;Sergio",
        "García;Ibáñez;Serrano;Otero;Vidal;Cano;Prieto;Lozano;Rivas;Bravo;Soler;Gallego;Marín;Pascual",
    ),
    "pt": (
        "Inês;Tiago;Beatriz;Rui;Catarina;Gustavo;Mariana;Nuno;Larissa;Diogo;Sofia;Caio;Joana;Renato",
        "Ferreira;Teixeira;Moreira;Lopes;Pacheco;Nogueira;Antunes;Rocha;Barros;Queirós;Cardoso;Freitas",
    ),
    "it": (
        "Giulia;Marco;Chiara;Luca;Elisa;Davide;Paola;Matteo;Silvia;Andrea;Serena;Stefano;Ilaria;Fabio",
        "Bianchi;Moretti;Fontana;Marchetti;Galli;Ferri;Rinaldi;Bassi;Zanetti;Grassi;Pellegrini;Vitale",
    ),
    "sv": (
        "Elin;Oskar;Sara;Johan;Ebba;Anders;Maja;Henrik;Linnea;Gustav;Karin;Emil;Astrid;Nils",
        "Lindqvist;Bergström;Ek;Holm;Sandberg;Nyström;Åberg;Forsgren;Hallberg;Dahlin;Sjögren;Wikström",
    ),
    "da": (
        "Mette;Lars;Freja;Søren;Ida;Kasper;Anne;Mikkel;Signe;Jens;Camilla;Rasmus;Pia;Morten",
        "Kjær;Lund;Mikkelsen;Bech;Friis;Dam;Krogh;Vestergaard;Holst;Thorsen;Brandt;Skov",
    ),
    "in": (
        "Ananya;Rohit;Kavitha;Suresh;Priya;Arjun;Lakshmi;Imran;Deepa;Vikram;Meera;Harish;Farah;Naveen",
        "Reddy;Iyer;Sharma;Nair;Khan;Deshpande;Rao;Menon;Kulkarni;Gupta;Pillai;Joshi;Banerjee",
    ),
    "en": (
        "Hannah;Oliver;Priti;Callum;Grace;Tomasz;Fiona;Marcus;Ngozi;Edward;Leila;Rhys;Joanna;Samir",
        "Whitcombe;Patel;Okafor;Sutton;Nowak;Hargreaves;Lewis;Ahmed;Fraser;Penrose;Doyle;Baines",
    ),
}
"""First and last names by language."""
