"""Words that say little, or say what kind of company it is: abbreviations, noise, activities, regions, group words.

What is left over when two names share their core decides between the same and a related company: an activity, a region or
a group word makes another member of a group. The lists are starting points in several languages.
"""

from __future__ import annotations

from typing import Final

from rules.matching.text import collapse


def _set(words: str) -> frozenset[str]:
    return frozenset(collapse(words).split())


_SHORT_FOR: Final = {
    "mfg": "manufacturing", "mfr": "manufacturing", "intl": "international", "int": "international",
    "natl": "national", "univ": "university", "bros": "brothers", "assoc": "associates", "assocs": "associates",
    "svcs": "services", "svc": "services", "serv": "services", "sys": "systems", "tech": "technology",
    "techs": "technologies", "technologies": "technology", "eng": "engineering", "engr": "engineering",
    "ind": "industries", "inds": "industries", "industry": "industries", "ins": "insurance", "props": "properties",
    "mgmt": "management", "grp": "group", "hldg": "holding", "hldgs": "holding", "holdings": "holding",
    "labs": "laboratories", "lab": "laboratories", "pharma": "pharmaceuticals", "elec": "electric",
    "dept": "department", "govt": "government", "ctr": "center", "centre": "center", "hosp": "hospital",
    "transp": "transport", "telecom": "telecommunications", "dist": "distribution", "equip": "equipment",
    "fin": "financial", "consult": "consulting", "solns": "solutions", "sol": "solutions", "gruppe": "group",
    "groupe": "group", "gruppo": "group", "grupo": "group", "grupp": "group", "rd": "research",
    "stadtwerke": "stadtwerke", "masch": "maschinen", "vers": "versicherung", "logistik": "logistics",
    "logistica": "logistics", "logistique": "logistics", "logistika": "logistics", "energie": "energy",
    "energia": "energy", "energeia": "energy", "saint": "st", "sankt": "st", "cie": "company", "mgt": "management",
    "mgmnt": "management", "mktg": "marketing", "mkt": "marketing", "adv": "advertising", "comm": "communications",
    "comms": "communications", "communication": "communications", "constr": "construction", "const": "construction",
    "cons": "consulting", "elect": "electric", "elek": "elektrotechnik", "electr": "electronics",
    "env": "environmental", "ent": "enterprises", "enterprise": "enterprises", "entp": "enterprises",
    "est": "estate", "exp": "export", "gen": "general", "gov": "government", "hlth": "health",
    "hlthcare": "healthcare", "info": "information", "inst": "institute", "instit": "institute",
    "instr": "instruments", "instrument": "instruments", "lgstcs": "logistics", "log": "logistics",
    "mach": "machinery", "maint": "maintenance", "mat": "materials", "med": "medical", "mtl": "metal",
    "mtr": "motors", "motor": "motors", "nat": "national", "pac": "pacific", "pkg": "packaging", "pckg": "packaging",
    "petro": "petroleum", "phys": "physics", "pub": "publishing", "pwr": "power", "realestate": "estate",
    "reg": "regional", "rest": "restaurants", "restaurant": "restaurants", "sch": "school", "sci": "science",
    "sciences": "science", "sec": "security", "soft": "software", "srv": "services", "srvs": "services",
    "svs": "services", "service": "services", "solution": "solutions", "sup": "supply", "supplies": "supply",
    "system": "systems", "syst": "systems", "tec": "technology", "tele": "telecommunications",
    "tel": "telecommunications", "trad": "trading", "trans": "transport", "transportation": "transport",
    "trp": "transport", "util": "utilities", "utils": "utilities", "ventr": "ventures", "whse": "warehouse",
    "wks": "works", "amer": "american", "natnl": "national", "partner": "partners", "consultant": "consulting",
    "consultants": "consulting", "consultancy": "consulting", "laboratory": "laboratories",
    "laboratorio": "laboratories", "laboratoire": "laboratories", "product": "products", "prod": "products",
    "prods": "products", "material": "materials", "chem": "chemicals", "chemical": "chemicals",
    "foundry": "foundries", "investment": "investments", "inv": "investments", "airway": "airways",
    "textile": "textiles", "food": "foods", "university": "university", "universitat": "university",
    "universite": "university", "universidad": "university", "universita": "university",
    "universiteit": "university", "universidade": "university", "uniwersytet": "university",
    "universitet": "university", "uni": "university", "hochschule": "university", "dep": "department",
    "departement": "department", "departamento": "department", "abteilung": "department", "fakultat": "faculty",
    "faculte": "faculty", "facultad": "faculty", "facolta": "faculty", "cnty": "county", "cty": "county",
    "min": "ministry", "ministere": "ministry", "ministerio": "ministry", "ministerium": "ministry",
}  # fmt: skip
ABBREVIATIONS: dict[str, str] = {
    collapse(short): collapse(_SHORT_FOR.get(long, long)) for short, long in _SHORT_FOR.items()
}

NOISE: Final = _set("do not use duplicate dup old inactive hq headquarters main official")
# What an aside or what follows a dash is about when it names no other organisation: "- Munich office", "- new logo Q4".
NOTES: Final = _set(
    """
    it edv hr purchasing procurement einkauf achats compras acquisti helpdesk accounts payable
    office offices site branch plant hq headquarters headquarter main location warehouse depot buro bureau filiale
    niederlassung standort werk sede oficina sucursal ufficio kantoor vestiging kontor oddzial filial zentrale new
    logo renewal deal opportunity opp project projekt poc trial pilot upsell expansion test duplicate dup old
    inactive merged archive archived closed active prospect lead customer customers client vip key account eval
    evaluation quote rfp tender urgent hot q1 q2 q3 q4 h1 h2 fy confidential via please see unconfirmed tbc tbd copy
    import imported migrated from dont contact call back do not use
    """
)

GROUP: Final = _set(
    """
    holding group beteiligung beteiligungs verwaltung verwaltungs fund funds trust ventures capital partners
    investments ii iii iv vi vii viii foundation stiftung subsidiary franchise department faculty school library
    institute campus agency council division ministry police court athletics hospital college authority commission
    office bureau district county city state treasury revenue parks sanitation chapter lodge local parish diocese
    beteiligungsgesellschaft vermogensverwaltung immobilienverwaltung participations participacoes participaciones
    financiere finanziaria inversiones venture enterprises joint jv
    """
)

REGIONS: Final = _set(
    """
    north south east west northern southern eastern western central nord sud ost europe european emea apac asia
    africa america americas americana latam dach nordic nordics benelux iberia pacific atlantic middle gulf us usa
    uk gb eu de fr it es international global worldwide germany deutschland france italy italia spain espana poland
    polska austria osterreich oesterreich switzerland schweiz suisse svizzera netherlands nederland belgium belgique
    sweden sverige norway norge denmark danmark finland suomi ireland england scotland wales britain canada mexico
    brasil brazil argentina chile colombia peru china japan korea india singapore malaysia indonesia thailand
    vietnam philippines australia zealand turkey turkiye russia ukraine greece portugal romania hungary czech
    slovakia bulgaria croatia serbia slovenia israel egypt morocco espanola francaise italiana deutsche schweizer
    swiss british american canadian australian indian chinese japanese korean brasileira mexicana polonia iberica
    latinoamerica scandinavia baltic baltics balkans caribbean anz apj meia mena ukraina rossiya nigeria kenya
    emirates arabia qatar kuwait hongkong hong kong taiwan texas california york florida ontario quebec
    """
)

CITIES: Final = _set(
    """
    dubai london paris berlin munich munchen hamburg frankfurt wien vienna zurich madrid barcelona milan milano rome
    roma warsaw warszawa tokyo osaka beijing shanghai shenzhen guangzhou singapore geneva geneve basel koln cologne
    stuttgart dusseldorf nurnberg lyon marseille amsterdam rotterdam brussels bruxelles antwerp copenhagen stockholm
    oslo helsinki lisbon lisboa porto prague praha budapest bucharest athens istanbul ankara moscow moskva kyiv
    mumbai delhi bangalore bengaluru chennai sydney melbourne brisbane perth toronto montreal vancouver chicago
    boston houston dallas atlanta seattle denver miami york angeles francisco diego detroit philadelphia phoenix
    manchester birmingham leeds bristol glasgow edinburgh dublin torino napoli sevilla valencia bilbao krakow
    wroclaw gdansk lodz poznan nagoya kyoto
    """
)

ACTIVITIES: Final = _set(
    """
    logistics insurance energy engineering health healthcare foods food manufacturing retail media chemicals systems
    properties airways textiles instruments research packaging bank banking finance financial services solutions
    consulting trading transport software technology digital data cloud security network networks electric
    electronics electrical telecommunications mobile marine shipping mining oil gas power water solar construction
    building builders estate realty development hotels travel pharmaceuticals medical dental care clinic hospital
    laboratories university college school education academy automotive motors aerospace aviation defence defense
    steel metals plastics paper print printing publishing leasing rental distribution equipment tools machinery
    hardware materials agriculture farms seafood beverages brewery wines sports fashion cosmetics industries
    management advisory legal accounting design studios entertainment games music film news advertising marketing
    recruitment staffing cleaning facilities waste recycling environmental labs versicherung versicherungen
    maschinenbau elektrotechnik werkzeuge mobel moebel kaltetechnik kaeltetechnik verlag medizintechnik spedition
    anlagenbau assurances transports conseil sante agro grosshandel verzekeringen groothandel transporte emballages
    bakkerij werkzeugbau infotech marin utilities supply trade traders enterprises communications information
    petroleum science products foundries airlines hotel resort resorts restaurants catering photography jewelry
    furniture clothing shoes optics optical veterinary pet pets garden nursery landscaping roofing plumbing heating
    cooling hvac glass rubber chemical ceramics wood timber forest forestry fish fisheries dairy meat bakery coffee
    tea chocolate sugar grain seeds feed fertilizer biotech genomics diagnostics imaging optometry robotics
    automation sensors semiconductors semiconductor photonics lasers battery batteries renewables wind nuclear hydro
    grid broadband wireless radio broadcasting television internet web hosting analytics ai geotechnical surveying
    architecture architects interiors capital credit savings mortgage brokers brokerage wealth asset assets advisors
    pension reinsurance claims freight courier couriers express cargo airport rail railway railways port ports
    shipyard trucking buses taxi parking tyres tires auto autos cars trucks bikes cycles comercio servicios servicos
    construcciones construcoes engenharia ingenieria ingegneria ingenierie costruzioni trasporti assicurazioni
    alimentari alimentos elettronica elettrica meccanica macchine maquinaria tecnologia tecnologias technologie
    technologies technika techniek bouw handels handel logistik vertrieb beratung dienstleistungen maschinen stahl
    metall kunststoff chemie pharma apotheke praxis klinik krankenhaus stroj stavby stavebni doprava obchod uslugi
    torgovlya stroy stroitelstvo banka banque banco banca alimentacion seguros meble budownictwo teknik bygg kraft
    skog servis metafores seisakusho denki shoji butsuryu kogyo immobilien bau technik
    """
)

# What an edition or a kind of product is called, which does not tell one product from another.
PRODUCT_WORDS: Final = _set(
    """
    enterprise ent suite pro professional standard std premium basic edition series platform software licence license
    licenses licences subscription plus advanced business essentials starter ultimate cloud server client backup security
    firewall network endpoint data manager management crm erp siem sso sdwan saas onprem service services support
    maintenance solution solutions system systems storage analytics mobile web desktop online hosted annual monthly
    """
)

# What companies do, and the largest cities, as ideographs, with the word they count as and how they are written in Latin.
_GLYPHS: Final = """
製作所 manufacturing seisakusho zhizuosuo|製造 manufacturing seizo zhizao|制造 manufacturing zhizao
电子 electronics dianzi|電子 electronics denshi dianzi|電機 electric denki dianji|电气 electric dianqi
電気 electric denki|商事 shoji|貿易 trading boeki maoyi|贸易 trading maoyi|物流 logistics butsuryu wuliu
工業 industries kogyo gongye industrial|工业 industries gongye|産業 industries sangyo|产业 industries chanye
实业 industries shiye|化学 chemicals kagaku huaxue|化工 chemicals huagong|科技 technology keji
技術 technology gijutsu jishu|技术 technology jishu|机械 machinery jixie|機械 machinery kikai jixie
生物 biotech shengwu seibutsu|建設 construction kensetsu jianshe|建设 construction jianshe
食品 foods shokuhin shipin|銀行 bank ginko yinhang|银行 bank yinhang|保険 insurance hoken|保险 insurance baoxian
運輸 transport unyu yunshu|运输 transport yunshu|不動産 estate fudosan|地产 estate dichan
電力 power denryoku dianli|电力 power dianli|能源 energy nengyuan|医药 pharmaceuticals yiyao
製薬 pharmaceuticals seiyaku|制药 pharmaceuticals zhiyao|汽车 automotive qiche|自動車 automotive jidosha
通信 telecommunications tsushin tongxin|网络 network wangluo|软件 software ruanjian|信息 information xinxi
情報 information joho|精密 precision seimitsu jingmi|鉄鋼 steel tekko|钢铁 steel gangtie|製鋼 steel seiko
金属 metals kinzoku jinshu|材料 materials zairyo cailiao|环保 environmental huanbao|建筑 construction jianzhu
物産 bussan|商会 shokai|水産 seafood suisan|印刷 printing insatsu yinshua|出版 publishing shuppan chuban
集団 group shudan|集团 group jituan|集團 group jituan|控股 holding konggu|投资 investments touzi
国际 international guoji|國際 international guoji kokusai|国際 international kokusai guoji|上海 shanghai
北京 beijing peking|深圳市 shenzhen|深圳 shenzhen|广州 guangzhou|廣州 guangzhou|杭州 hangzhou|成都 chengdu
南京 nanjing|武汉 wuhan|西安 xian|苏州 suzhou|天津 tianjin|重庆 chongqing|青岛 qingdao|大连 dalian|厦门 xiamen
宁波 ningbo|东莞 dongguan|佛山 foshan|无锡 wuxi|東京 tokyo|大阪 osaka|名古屋 nagoya|横浜 yokohama|京都 kyoto
神戸 kobe|福岡 fukuoka|札幌 sapporo|香港 hongkong|台湾 taiwan|中国 china|日本 japan nippon nihon
"""


def _glyphs() -> dict[str, tuple[str, ...]]:
    entries = (entry.split() for entry in _GLYPHS.strip().replace("\n", "|").split("|"))
    told = {glyphs: tuple(map(collapse, words)) for glyphs, *words in entries}
    return dict(sorted(told.items(), key=lambda each: -len(each[0])))


GLYPHS: Final = _glyphs()
ABBREVIATIONS.update({latin: words[0] for words in GLYPHS.values() for latin in words[1:]})
