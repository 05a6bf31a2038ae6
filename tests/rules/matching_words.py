"""The vocabulary of the made-up world that the matcher is held to: countries, scripts and words of its own."""

from __future__ import annotations

from typing import Final, NamedTuple


class Country(NamedTuple):
    """How companies of one country look. names: how it is written; suffix: of its domains; code: of its telephones."""

    iso: str
    names: tuple[str, ...]
    suffix: str
    code: str
    forms: tuple[tuple[str, ...], ...]  # each with its spellings
    is_front: bool
    cities: tuple[tuple[str, ...], ...]
    roads: tuple[str, ...]
    kin: tuple[str, ...]  # surnames and coined words
    trades: tuple[str, ...]
    adjective: str


def _split(text: str, sign: str = "|") -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(sign))


def _country(line: str) -> Country:
    iso, names, suffix, code, forms, cities, roads, kin, trades, adjective = _split(line, ";")
    return Country(
        iso, _split(names), suffix, code, tuple(_split(form, "=") for form in _split(forms.lstrip("^"))),
        forms.startswith("^"), tuple(_split(city, "=") for city in _split(cities)), _split(roads), _split(kin),
        _split(trades), adjective,
    )  # fmt: skip


_TABLE: Final = """
CZ;Czech Republic|Česko|CZ|CZE;cz;420;s.r.o.=spol. s r.o.=sro|a.s.=akciová společnost;Praha=Prague|Brno|Ostrava|Plzeň;{n}, Nádražní|{n}, Husova|{n}, Masarykova;Dvořák|Novotný|Kučera|Horáček|Jelínek|Zvonimír|Třeboňská|Krušina;Strojírny|Pivovar|Doprava|Stavby|Sklárny;Czech
HU;Hungary|Magyarország|HU;hu;36;Kft.=Korlátolt Felelősségű Társaság=KFT|Zrt.=ZRT;Budapest|Győr|Szeged;Kossuth utca {n}|Petőfi u. {n};Szőllősi|Kertész|Őrsi|Bükkfa|Takács|Vörösmarty|Gömöri;Gépgyár|Szállítás|Élelmiszer|Textil;Hungary
TR;Turkey|Türkiye|TR|TUR;com.tr;90;A.Ş.=Anonim Şirketi=AS|Ltd. Şti.=Limited Şirketi=LTD STI;İstanbul=Istanbul|Ankara|İzmir=Izmir;Atatürk Cad. {n}|Cumhuriyet Caddesi No: {n};Yıldırım|Çağlayan|Güneşli|Öztürk|Işıkkent|Şahinler;Tekstil|İnşaat|Gıda|Makina;Türkiye
GR;Greece|Ελλάδα|GR;gr;30;Α.Ε.=A.E.=S.A.|Ε.Π.Ε.=EPE=Ltd;Αθήνα=Athens=Athina|Θεσσαλονίκη=Thessaloniki|Πάτρα=Patra;Ερμού {n}|Λεωφόρος Συγγρού {n};Παπαδόπουλος|Χρυσάφης|Καραγιάννη|Ηλιάδης|Γεωργίου|Ξενάκης;Τεχνική|Μεταφορές|Τρόφιμα;Hellas
UA;Ukraine|Україна|UA|UKR;com.ua;380;^ТОВ=TOV=LLC|ПрАТ=PrAT;Київ=Kyiv=Kiev|Львів=Lviv|Одеса=Odesa;вул. Шевченка {n}|вул. Франка {n};Ковальчук|Щедрик|Ющенко|Журавель|Їжакевич|Хмельник;Агро|Енерго|Буд|Транс;Ukraine
RS;Serbia|Srbija|Србија|RS;rs;381;d.o.o.=doo=DOO|a.d.=AD;Београд=Beograd=Belgrade|Нови Сад=Novi Sad;Ulica kralja Petra {n}|Bulevar {n};Đorđević|Živković|Šumadija|Ćirić|Његош|Јовановић;Gradnja|Trgovina|Mlekara;Srbija
KR;South Korea|Korea|대한민국|KR;co.kr;82;㈜=주식회사=Co., Ltd.=(주);서울=Seoul|부산=Busan;테헤란로 {n}|세종대로 {n};한빛|누리온|다온|새벽별|가람|Hanbit|Nurion|Daon;Tech|Semicon|Bio;Korea
VN;Vietnam|Việt Nam|VN;com.vn;84;^Công ty TNHH=Cong ty TNHH|Công ty Cổ phần=Cong ty CP;Hà Nội=Hanoi|Đà Nẵng=Da Nang;{n} Trần Hưng Đạo|{n} Lê Lợi;Thiên Long|Hoàng Gia|Phước Thịnh|Đại Dương|Bình Minh;Dệt May|Thủy Sản|Vận Tải;Vietnam
PT;Portugal|PT|PRT;pt;351;Lda.=Limitada=LDA|S.A.=SA;Lisboa=Lisbon|Porto=Oporto|Coimbra;Rua da Prata {n}|Avenida da Liberdade {n};Conceição|Magalhães|Falcão|Galvão|Açucena|Tomé;Cerâmicas|Conservas|Têxteis;Portugal
MX;Mexico|México|MX|MEX;com.mx;52;S.A. de C.V.=SA de CV=Sociedad Anónima de Capital Variable|S. de R.L. de C.V.=S de RL de CV;Monterrey|Guadalajara|Puebla;Calle Hidalgo {n}|Av. Juárez {n};Ordóñez|Ibarra|Tlalpan|Quetzal|Nopalera|Zúñiga;Aceros|Muebles|Refrescos;México
SE;Sweden|Sverige|SE|SWE;se;46;AB=Aktiebolag=Ab|HB=Handelsbolag;Västerås|Örebro|Göteborg=Gothenburg;Kungsgatan {n}|Drottninggatan {n};Åkerlund|Sjögren|Björkman|Öhman|Häggkvist|Norrsken;Skogsbruk|Redovisning|Plåt;Sverige
RO;Romania|România|RO;ro;40;^S.C.=SC=;București=Bucharest|Cluj-Napoca|Iași=Iasi;Str. Eminescu nr. {n}|Bd. Unirii {n};Ștefănescu|Țiriac|Brâncuș|Văcărescu|Ionescu;Construct|Panificație|Mobilă;Romania
ZA;South Africa|ZA|RSA;co.za;27;(Pty) Ltd=Pty Ltd=(PTY) LTD=Proprietary Limited|CC;Durban|Pretoria|Gqeberha;{n} Long Street|{n} Church St;Van der Merwe|Nkosi|Botha|Umhlanga|Protea|Kgosi;Mining|Wines|Panelbeaters;Africa
CA;Canada|CA|CAN;ca;1;Ltée=Ltd.=Limitée|Inc.=Incorporated=inc;Montréal=Montreal|Halifax|Regina;{n} King Street West|{n} rue Sherbrooke;Bouchard|MacPherson|Tremblay|Saguenay|Kootenay|Gagnon;Forestry|Boulangerie|Drilling;Canada
IN;India|IN|Bharat;in;91;Pvt. Ltd.=Private Limited=(P) Ltd.|Ltd.=Limited;Mumbai=Bombay|Kolkata=Calcutta|Jaipur;{n} MG Road|{n} Park Street;Raghavan|Chatterjee|Vindhya|Lakshmi|Ashoka|Bhattacharya;Textiles|Pharma|Spices;India
US;United States|USA|US|U.S.A.;com;1;LLC=L.L.C.=llc|Inc.=Incorporated=Inc|Corp.=Corporation;Tucson|Duluth|Savannah|Spokane;{n} Elm Street|{n} Lake Ave|{n} Sunset Blvd;Hargrove|Pemberton|Okafor|Lindqvist|Tanager|Blue Heron|Stonewall|Two Rivers;Roofing|Dental|Brewing|Analytics|Freight|Title;America
GB;United Kingdom|UK|GB|England;co.uk;44;Ltd=Limited=LTD.|plc=PLC|LLP;Norwich|Swansea|Dundee;{n} High Street|{n} Victoria Rd;Thistlewood|Pennington|Ashdown|Gilchrist|Marlowe|Red Kite;Joinery|Bakeries|Surveyors|Optics;UK
DE;Germany|Deutschland|DE|DEU;de;49;GmbH=G.m.b.H.=Gesellschaft mit beschränkter Haftung|GmbH & Co. KG=GmbH + Co KG|AG=Aktiengesellschaft;Köln=Cologne|Würzburg|Nürnberg=Nuremberg;Schillerstr. {n}|Bergstraße {n}|Am Markt {n};Wölfle|Brünner|Käsbohrer|Hüttenrauch|Strauß|Eifelblick;Metallbau|Brauerei|Gerüstbau|Feinkost;Deutschland
JP;Japan|日本|JP;co.jp;81;^株式会社=K.K.=㈱|合同会社=G.K.;福岡=Fukuoka|札幌=Sapporo;中央区{n}|本町 {n};ミズホノ|アサヒカワ|ナガレ|コトブキ|サクラギ;製作所|物流|食品;Japan
FR;France|FR|FRA;fr;33;SAS=S.A.S.|SARL=S.à r.l.=Sàrl|SA=S.A.;Rennes|Besançon|Nîmes;{n} rue Pasteur|{n} avenue Foch;Lemaître|Beaupré|Châtillon|Garçonnet|Fontenoy;Menuiserie|Vins|Imprimerie;France
EG;Egypt|مصر|EG;com.eg;20;ش.م.م=S.A.E.=SAE;القاهرة=Cairo|الجيزة=Giza;{n} شارع النيل|{n} Nile St;النيل الأزرق|الأهرام|Al Nour|Horus|Delta Star;للمقاولات|Trading|Foods;Egypt
SG;Singapore|SG;com.sg;65;Pte. Ltd.=Pte Ltd=Private Limited;Singapore;{n} Orchard Road|{n} Cecil St;Temasya|Lionrock|Merbau|Ang Mo|Straitsview;Marine|Logistics|Fintech;Singapore
"""  # noqa: E501 - one country a line
COUNTRIES: Final = tuple(map(_country, _TABLE.strip().splitlines()))
PRODUCTS: Final = (
    ("DataHarbor", "Data Harbor", "DataHarbor Pro", "dataharbor enterprise"),
    ("MailShield", "Mail-Shield", "MailShield Suite"),
    ("FlowDesk", "FlowDesk Cloud", "Flow Desk"), ("CareLine 200", "CareLine", "Careline 200 series"),
)  # fmt: skip
PEOPLE: Final = _split(
    "Ada Quist|Bram Otero|Chidi Laurent|Dagny Moss|Emre Falk|Farah Lund|Goran Pike|Hana Rossi"
    "|Iker Stone|Jana Weiss|Kofi Brand|Lena Marsh|Milan Cho|Nora Dietz|Omar Finch|Petra Gale"
    "|Quentin Hale|Rosa Ives|Sami Jung|Tove Krantz|Uma Lopez|Viktor Mann"
)
FREE: Final = ("gmail.com", "outlook.com", "hotmail.com", "proton.me", "yahoo.com", "seznam.cz", "naver.com", "web.de")
HOSTS: Final = ("regiowave.net", "bergtelenet.example", "localonlinebiz.com", "tri-county.coop")
PARTNERS: Final = ("northbridge-it.com", "solvantis.eu", "kanzaki-systems.jp", "ubuntu-cloud.co.za", "peakreach.io")
