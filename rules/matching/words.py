"""Words that say little, or say what kind of company it is: abbreviations, noise, activities, regions, group words.

What is left over when two names share their core decides between the same and a related company: an activity, a region or
a group word makes another member of a group. The lists are starting points in several languages.
"""

from __future__ import annotations

from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ABBREVIATIONS: Final = {
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
    "energia": "energy", "energeia": "energy", "saint": "st", "sankt": "st",
}  # fmt: skip

NOISE: Final = frozenset({"do", "not", "use", "duplicate", "old", "inactive", "hq", "headquarters", "main", "official"})

GROUP: Final = _set(
    """
    holding group beteiligung beteiligungs verwaltung verwaltungs fund funds trust ventures capital partners investments
    ii iii iv foundation stiftung subsidiary franchise department faculty
    school library institute campus agency council division ministry police court
    """
)

REGIONS: Final = _set(
    """
    north south east west northern southern eastern western central nord sud ost europe european emea apac asia africa
    america americas americana latam dach nordic nordics benelux iberia pacific atlantic middle gulf us usa uk gb eu de
    fr it es international global worldwide germany deutschland france italy italia spain espana poland polska austria
    osterreich oesterreich switzerland schweiz suisse svizzera netherlands nederland belgium belgique sweden sverige
    norway norge denmark danmark finland suomi ireland england scotland wales britain canada mexico brasil brazil
    argentina chile colombia peru china japan korea india singapore malaysia indonesia thailand vietnam philippines
    australia zealand turkey turkiye russia ukraine greece portugal romania hungary czech slovakia bulgaria croatia
    serbia slovenia israel egypt morocco nigeria kenya emirates arabia qatar kuwait dubai london paris berlin munich
    munchen muenchen hamburg frankfurt wien vienna zurich madrid barcelona milan milano rome roma warsaw warszawa tokyo
    osaka beijing shanghai shenzhen hongkong hong kong taiwan texas california york florida ontario quebec
    """
)

ACTIVITIES: Final = _set(
    """
    logistics insurance energy engineering health healthcare foods food manufacturing retail media chemicals systems
    properties airways textiles instruments research packaging bank banking finance financial services solutions
    consulting trading transport software technology digital data cloud security network networks electric electronics
    electrical telecommunications mobile marine shipping mining oil gas power water solar construction building builders
    estate realty development hotels travel pharmaceuticals medical dental care clinic hospital laboratories university
    college school education academy automotive motors aerospace aviation defence defense steel metals plastics paper
    print printing publishing leasing rental distribution equipment tools machinery hardware materials agriculture farms
    seafood beverages brewery wines sports fashion cosmetics industries management advisory legal accounting design
    studios entertainment games music film news advertising marketing recruitment staffing cleaning facilities waste
    recycling environmental labs versicherung versicherungen maschinenbau elektrotechnik werkzeuge mobel moebel
    kaltetechnik kaeltetechnik verlag medizintechnik spedition anlagenbau assurances transports conseil sante agro
    alimentacion seguros meble budownictwo teknik bygg kraft skog servis metafores seisakusho denki shoji butsuryu kogyo
    immobilien bau handel technik vertrieb
    """
)

# What companies do, as ideographs at the end of a name, and how that is written in Latin letters.
GLOSS: Final = {
    "製作所": _set("seisakusho manufacturing"),
    "製造": _set("seizo manufacturing"),
    "电子": _set("dianzi electronics"),
    "電子": _set("denshi electronics"),
    "電機": _set("denki electric"),
    "电气": _set("dianqi electric"),
    "商事": _set("shoji trading"),
    "貿易": _set("boeki trading maoyi"),
    "贸易": _set("maoyi trading"),
    "物流": _set("butsuryu wuliu logistics"),
    "工業": _set("kogyo industries industrial"),
    "工业": _set("gongye industries industrial"),
    "産業": _set("sangyo industries industrial"),
    "化学": _set("kagaku huaxue chemical chemicals"),
    "科技": _set("keji technology"),
    "技術": _set("gijutsu jishu technology"),
    "机械": _set("jixie machinery"),
    "機械": _set("kikai machinery"),
    "生物": _set("shengwu biotech biology"),
    "建設": _set("kensetsu construction"),
    "食品": _set("shokuhin shipin foods food"),
    "銀行": _set("ginko yinhang bank"),
    "保険": _set("hoken insurance"),
    "運輸": _set("unyu transport"),
    "不動産": _set("fudosan estate properties"),
    "電力": _set("denryoku power energy"),
    "能源": _set("nengyuan energy"),
    "医药": _set("yiyao pharmaceuticals"),
    "製薬": _set("seiyaku pharmaceuticals"),
    "汽车": _set("qiche automotive motors"),
    "自動車": _set("jidosha automotive motors"),
}
