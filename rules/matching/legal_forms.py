"""Legal forms of companies in the world's spellings and scripts, with the countries each one implies.

Used to cut the form off a name, which says nothing about who is meant, and to keep aside what it says about the country.
Latin forms are told as the words they normalise to: "G.m.b.H." and "GmbH" are both "gmbh", "Sp. z o.o." is "sp z oo". A
form that many countries share implies none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rules.matching.text import collapse

# Forms that stand at the end of a name (or in front, where FRONT names them too). "" after the colon: no country implied.
_TABLE: Final = """
inc:US CA PH JP CN KR TW|incorporated:US CA PH JP CN KR TW|corp:|corporation:|co:|company:|llc:|l l c:
ltd liability co:US|pllc:US|pbc:US|lp:|lllp:US|llp:|ltd:|limited:|plc:GB IE|public limited company:GB IE|cic:GB
co ltd:|company limited:|company ltd:|co limited:|pvt ltd:IN PK LK BD|private limited:IN PK LK BD SG|pvt limited:IN PK
p ltd:IN|pte ltd:SG|pte limited:SG|pte:SG|pty ltd:AU ZA|pty limited:AU ZA|proprietary limited:AU ZA
proprietary ltd:AU ZA|pty:AU ZA|sdn bhd:MY BN|sendirian berhad:MY|bhd:MY|berhad:MY|dac:IE
designated activity company:IE|teoranta:IE|unlimited company:IE GB|ulc:CA|ltee:CA|limitee:CA|enr:CA|gmbh:DE AT CH
gesellschaft mit beschrankter haftung:DE AT|gesellschaft mit beschraenkter haftung:DE AT|mbh:DE AT|ggmbh:DE
gmbh co kg:DE AT|gmbh u co kg:DE AT|gmbh und co kg:DE AT|gmbh and co kg:DE AT|gmbh co kgaa:DE|gmbh co ohg:DE
ag co kg:DE|ag co kgaa:DE|se co kgaa:DE|se co kg:DE|ug co kg:DE|kg:DE AT|kgaa:DE|ohg:DE AT|ug:DE
ug haftungsbeschrankt:DE|ug haftungsbeschraenkt:DE|ag:DE AT CH|aktiengesellschaft:DE AT CH|ev:DE|e v:DE|eg:DE|ek:DE
e k:DE|e kfm:DE|gbr:DE|se:|co kg:DE AT|kgmbh:AT|eu:AT|og:AT|sca:|sagl:CH|sa:|sas:FR CO|sasu:FR|sarl:FR LU CH
sa rl:FR LU CH|s a r l:FR LU|eurl:FR|sci:FR|scop:FR|snc:FR IT|scs:|societe anonyme:
societe a responsabilite limitee:FR LU|societe par actions simplifiee:FR|gie:FR|selarl:FR|sa nv:BE|nv sa:BE|srl nv:BE
sl:ES|slu:ES|sau:ES|s l u:ES|sociedad limitada:ES|sociedad anonima:|sociedad anonima de capital variable:MX|sll:ES
slne:ES|scoop:ES|sa de cv:MX|s a de c v:MX|sapi de cv:MX|sab de cv:MX|s de rl de cv:MX|s de rl:MX|sc de rl de cv:MX
ltda:BR CL CO PT|limitada:BR CL CO PT|lda:PT|eireli:BR|epp:BR|sgps:PT|s a s:CO|spa:IT CL DZ|s p a:IT|srl:IT RO AR BO
s r l:IT|srls:IT|sapa:IT|scarl:IT|scrl:IT BE|sas di:IT|societa per azioni:IT|societa a responsabilita limitata:IT
soc coop:IT|onlus:IT|saci:AR|cia ltda:EC|eirl:PE CL|sac:PE|saa:PE|bv:NL BE|b v:NL|nv:NL BE|n v:NL BE|vof:NL BE|cv:NL
bvba:BE|sprl:BE|cvba:BE|besloten vennootschap:NL|naamloze vennootschap:NL BE|asbl:BE|vzw:BE|ab:SE FI|aktiebolag:SE
publ:SE|ab publ:SE|hb:SE|kb:SE|as:NO DK EE|asa:NO|aktieselskab:DK|aksjeselskap:NO|aps:DK|anpartsselskab:DK
a s:DK NO CZ TR|ks:NO DK|oy:FI|oyj:FI|oy ab:FI|osakeyhtio:FI|julkinen osakeyhtio:FI|ky:FI|tmi:FI|ehf:IS|hf:IS|ohf:IS
sp z oo:PL|sp z o o:PL|spolka z oo:PL|spolka z ograniczona odpowiedzialnoscia:PL|spolka akcyjna:PL|sp j:PL|sp k:PL
spk:PL|spj:PL|spolka komandytowa:PL|spolka jawna:PL|sp zoo:PL|spzoo:PL|sp z oo sp k:PL|sp z oo spk:PL|sro:CZ SK
s r o:CZ SK|spol s r o:CZ SK|spol sro:CZ SK|akciova spolecnost:CZ|akciova spolocnost:SK|vos:CZ|kft:HU|zrt:HU|nyrt:HU
bt:HU|kkt:HU|korlatolt felelossegu tarsasag:HU|doo:RS HR SI BA ME|d o o:RS HR SI|d d:HR SI|dd:HR SI BA|jdoo:HR|ood:BG
eood:BG|ead:BG|pfa:RO|uab:LT|mb:LT|sia:LV|ou:EE|oue:EE|osauhing:EE|aktsiaselts:EE|ooo:RU|oao:RU|zao:RU|pao:RU|ao:RU KZ
too:KZ|tov:UA|tzov:UA|pat:UA|prat:UA|ae:GR|a e:GR|epe:GR|e p e:GR|oe:GR|ike:GR|anonimi etaireia:GR
etaireia periorismenis efthynis:GR|anonim sirketi:TR|limited sirketi:TR|ltd sti:TR|ltd sirketi:TR|a o:TR
sanayi ve ticaret as:TR|sanayi ve ticaret ltd sti:TR|san ve tic as:TR|san ve tic ltd sti:TR|san tic ltd sti:TR
ve ticaret as:TR|tic as:TR|tic ltd sti:TR|fze:AE|fzco:AE|fz llc:AE|fzc:AE|pjsc:AE|psc:AE|wll:QA KW BH|w l l:QA KW BH
saoc:OM|saog:OM|kscc:KW|kscp:KW|ksc:KW|bsc:BH|bsc c:BH|sal:LB|jsc:|ojsc:RU|cjsc:RU AM|pjs co:AE|sae:EG|s a e:EG|kk:JP
k k:JP|yk:JP|y k:JP|gk:JP|g k:JP|kabushiki kaisha:JP|kabushiki gaisha:JP|yugen kaisha:JP|yugen gaisha:JP
godo kaisha:JP|pt:ID|pt tbk:ID|tbk:ID|persero:ID|pcl:TH|public company limited:TH|tnhh:VN|cong ty tnhh:VN
cong ty cp:VN|cp:VN|cong ty co phan:VN|cong ty trach nhiem huu han:VN|opc:IN PH|rf:ZA|npc:ZA|soc ltd:ZA|gte:NG
gesmbh:AT|ges m b h:AT|g m b h:DE AT|a g:DE AT CH|s a:|s l:ES|s a u:ES|p l c:GB IE|l t d:|i n c:US|c o:|a b:SE|s e:
o y:FI|a p s:DK|e u r l:FR|s a s u:FR|k g:DE AT|p t y ltd:AU ZA|s c a:|s n c:FR IT|o u:EE|u a b:LT|ad:RS BG|cc:ZA
ca:VE|ip:RU|fop:UA|is:DK|i s:DK|rt:HU|cooperative:|coop:|companies:|ges mbh:AT|gesellschaft mbh:AT DE
gesellschaft m b h:AT DE|gesellschaft mbh co kg:AT DE|gmbh cokg:DE AT|e u:AT|verein:DE AT CH|stiftung co kg:DE
s a r l:FR LU CH|societe en commandite par actions:FR LU|ets:FR|p l:AU|p ltd co:IN|a m b a:DK|amba:DK|fmba:DK
andelsselskab:DK|ans:NO|nuf:NO|enk:NO|ek for:SE|ekonomisk forening:SE|handelsbolag:SE|kommanditbolag:SE
enskild firma:SE|aktiebolag publ:SE|osk:FI|kommandiittiyhtio:FI|avoin yhtio:FI|b a:NL BE|comm v:BE|commv:BE|gcv:BE
cvso:BE|scri:BE|sarl s:LU|sicav:LU|soparfi:LU|lda unipessoal:PT|unipessoal lda:PT|s a unipessoal:PT
sociedade anonima:PT BR|sociedade limitada:BR|mei:BR|eireli me:BR|ltda me:BR|ltda epp:BR|s a c:PE|s a a:PE
s r l c v:MX|sofom:MX|sa bursatil:MX|sociedad por acciones simplificada:CO CL AR|s a s e s p:CO|e s p:CO|esp:CO|c a:VE
c por a:DO|sas de cv:MX|eirl ltda:CL|s a c i:AR|saic:AR|sacif:AR|saicf:AR
sociedad de responsabilidad limitada:ES AR PE MX|sociedad limitada unipersonal:ES|s coop:ES|sociedad cooperativa:ES
aie:ES|ute:ES|societa in accordata:IT|societa cooperativa:IT|s n c:IT FR|s a s di:IT|s a p a:IT|societa semplice:IT
a r l:IT|soc a r l:IT|o o o:RU|z a o:RU|p a o:RU|o a o:RU|a o zt:RU|mup:RU|gup:RU|fgup:RU|nko:RU
obshchestvo s ogranichennoi otvetstvennostiu:RU|obshchestvo s ogranichennoy otvetstvennostyu:RU
aktsionernoe obshchestvo:RU|aktsionernoye obshchestvo:RU|publichnoe aktsionernoe obshchestvo:RU
tovaristvo z obmezhenoiu vidpovidalnistiu:UA|tovarystvo z obmezhenoyu vidpovidalnistyu:UA|pp:UA|pjsc:UA AE RU|tdv:UA
zat:UA|chp:UA|oo:BY|odo:BY|chup:BY|unp:BY|tdi:KZ|aksionerlik qogam:KZ|mchj:UZ|mmc:AZ|asc:AZ|qsc:AZ|shps:GE|sshps:GE
sh p k:AL XK|shpk:AL XK|sh a:AL XK|sha:AL XK|dooel:MK|doo el:MK|a d:RS BG MK|e o o d:BG|o o d:BG|e a d:BG|kd:BG SI
k d:SI HR|d n o:SI|dno:SI|z o o:SI|s p:SI|jtd:HR|j t d:HR|obrt:HR|akc spol:CZ SK|a s:CZ SK NO DK TR|k s:CZ SK|v o s:CZ
s p o:CZ|spol s ro:CZ SK|spolecnost s rucenim omezenym:CZ|spolocnost s rucenim obmedzenym:SK|druzstvo:CZ SK
zartkoruen mukodo reszvenytarsasag:HU|reszvenytarsasag:HU|nyilvanosan mukodo reszvenytarsasag:HU|betetti tarsasag:HU
k f t:HU|z r t:HU|n y r t:HU|s r l d:RO|societate cu raspundere limitata:RO|societate pe actiuni:RO|sc srl:RO|s i a:LV
akciju sabiedriba:LV|sabiedriba ar ierobezotu atbildibu:LV|uzdaroji akcine bendrove:LT|akcine bendrove:LT|vsi:LT
v s i:LT|tuh:EE|mtu:EE|usaldusuhing:EE|tulundusuhistu:EE|monoprosopi epe:GR|monoprosopi ike:GR|i k e:GR|a b e e:GR
abee:GR|avee:GR|abe:GR|mepe:GR|anonymi etairia:GR|anonimi eteria:GR|dimosia etaireia:CY|kollektif sirketi:TR
komandit sirketi:TR|limited sti:TR|san ve tic ltd:TR|sanayi as:TR|tic ve san as:TR|ticaret ve sanayi as:TR|koll sti:TR
bm:IL|b m:IL|amuta:IL|dmcc:AE|fzd:AE|l l c fz:AE|llc fz:AE|free zone co:AE|cjsc co:SA|sakk:KW|k s c:KW|k s c c:KW
s a o g:OM|s a o c:OM|sarl au:MA|s a r l a u:MA|suarl:TN|s a l:LB|offshore sal:LB|private shareholding company:JO
ltd gte:NG|gte ltd:NG|share company:ET|sarlu:CI SN CM|pty:AU ZA BW|no liability:AU|ltd partnership:
limited partnership:|limited liability company:|limited liability partnership:GB US IN|limited liability co:
professional corporation:US|p c:US CA|pc:US CA|p a:US|p llc:US|l l l p:US|l l p:GB US IN|l p:|nfp:US
public benefit corporation:US|n a:US|fsb:US|unlimited:GB IE IN|cyf:GB|charitable incorporated organisation:GB|cio:GB
ultd:IE|clg:IE|cuideachta:IE|senc:CA|s e n c:CA|private ltd:IN PK LK BD SG|pvt:IN PK LK BD|p limited:IN
oneperson co:IN|smc pvt ltd:PK|smc private limited:PK|guarantee limited:LK|sdn:MY|plt:MY|s b:MY|sendirian:BN MY
perusahaan perseroan:ID|perseroan terbatas:ID|koperasi:ID|terbuka:ID|mot thanh vien:VN|tnhh mtv:VN
tnhh mot thanh vien:VN|joint stock company:|joint stock co:|public joint stock company:RU UA
open joint stock company:RU|closed joint stock company:RU AM|public co ltd:TH|public company:|ltd part:TH
limited part:TH|bmk:TH|gaisha:JP|kaisha:JP|goshi kaisha:JP|gomei kaisha:JP|g k k:JP|npo:JP|ippan shadan hojin:JP
yuhan hoesa:KR|jusik hoesa:KR|chusik hoesa:KR|yuhan hoisa:KR|youxian gongsi:CN|gufen youxian gongsi:CN
you xian gong si:CN|group co ltd:|group company limited:|group corp:|corp ltd:|intl co ltd:|co pte ltd:SG|m pte ltd:SG
s pte ltd:SG|trust board:NZ|sociedad civil:|fundacion:|asociacion civil:|s f:IS|slf:IS|e h f:IS|h f:IS|anstalt:LI
""".strip()

# Forms that stand before the name.
_FRONT: Final = """
ooo|oao|zao|pao|ao|ip|too|tov|tzov|pat|prat|pt|cv|sia|uab|ab|as|ou|pp|fop|srl|sc|sarl|ste|societe|sas|sa|eurl
cong ty tnhh|cong ty cp|cong ty co phan|cong ty|firma|fa|spolka|ets|etablissements|kk|k k|kabushiki kaisha
kabushiki gaisha|ad|et|eood|ood|ltd|obshchestvo s ogranichennoy otvetstvennostyu|otkrytoye aktsionernoye obshchestvo
aktsionernoye obshchestvo|tovarystvo z obmezhenoyu vidpovidalnistyu|gk|yk|dp|chp|spolka akcyjna|aktiengesellschaft
chup|oo|odo|ip ip|empresa|sociedad anonima|compania|cia|cjsc|ojsc|jsc|perseroan terbatas|perusahaan|ud|mchj
publichnoe aktsionernoe obshchestvo|obshchestvo s ogranichennoi otvetstvennostiu|aktsionernoe obshchestvo
zakrytoe aktsionernoe obshchestvo|tovaristvo z obmezhenoiu vidpovidalnistiu|m s|messrs
""".strip()

# Scripts written without spaces: cut off wherever they stand at either end. Longest first.
UNSPACED: Final = (
    ("一般社団法人", "JP"), ("特定非営利活動法人", "JP"), ("独立行政法人", "JP"),
    ("国立大学法人", "JP"), ("学校法人", "JP"), ("医療法人", "JP"),
    ("株式会社", "JP"), ("有限会社", "JP"), ("合同会社", "JP"),
    ("合資会社", "JP"), ("合名会社", "JP"), ("(株)", "JP"),
    ("(有)", "JP"), ("㈱", "JP"), ("㈲", "JP"),
    ("股份有限公司", "CN TW"), ("有限責任公司", "TW HK"),
    ("有限责任公司", "CN"), ("集團有限公司", "TW HK"), ("集团有限公司", "CN"),
    ("有限公司", "CN TW HK"), ("集团公司", "CN"), ("總公司", "TW HK"), ("主式會社", "KR"), ("주식회사", "KR"),
    ("유한회사", "KR"), ("(주)", "KR"), ("(유)", "KR"),
    ("บริษัท", "TH"), ("จำกัด (มหาชน)", "TH"),
    ("จำกัด", "TH"), ("בע\"מ", "IL"), ("בע״מ", "IL"),
    ("בעמ", "IL"), ("ش.م.م", "EG"), ("ذ.م.م", "AE"),
    ("شركة", "AE"),
)  # fmt: skip

NO_COUNTRY: Final[frozenset[str]] = frozenset()


def _read(table: str) -> dict[tuple[str, ...], frozenset[str]]:
    forms: dict[tuple[str, ...], frozenset[str]] = {}
    for line in table.splitlines():
        for entry in line.split("|"):
            words, _, countries = entry.partition(":")
            forms[tuple(collapse(words).split())] = frozenset(countries.split())
    return forms


BACK: Final[Mapping[tuple[str, ...], frozenset[str]]] = _read(_TABLE)
FRONT: Final[Mapping[tuple[str, ...], frozenset[str]]] = {words: BACK.get(words, NO_COUNTRY) for words in _read(_FRONT)}


def _lengths(forms: Mapping[tuple[str, ...], frozenset[str]], place: int) -> dict[str, tuple[int, ...]]:
    """Return how many words the forms have that end (or begin) with a word, longest first."""
    found: dict[str, set[int]] = {}
    for words in forms:
        found.setdefault(words[place], set()).add(len(words))
    return {word: tuple(sorted(lengths, reverse=True)) for word, lengths in found.items()}


_BACK_LENGTHS: Final = _lengths(BACK, -1)
_FRONT_LENGTHS: Final = _lengths(FRONT, 0)


# What kind of company a form makes: another kind is another company, if hardly ever a telling sign in a CRM.
_KINDS: Final = """
limited:gmbh|ltd|limited|srl|sarl|bv|doo|kft|oy|aps|lda|ltda|sl|llc|pty|pvt|sro|uab|sia|ou|epe|ood|eood|ug|sagl|ab|as|mbh
limited:spzoo|bvba|sprl|tov|ooo|too|gk|yk|dac|ehf|tnhh|sp z oo|co ltd|pty ltd|private limited|pte ltd|sdn bhd|ltd sti|gesmbh
limited:ges mbh
stock:ag|sa|spa|nv|plc|inc|corp|corporation|incorporated|asa|oyj|kk|ae|pao|oao|zao|ao|jsc|nyrt|zrt|ad|dd|pcl|tbk|se|sas
stock:sa de cv|aktiengesellschaft|anonim sirketi|spolka akcyjna|kabushiki kaisha
partnership:kg|ohg|llp|lp|snc|gbr|hb|kb|vof|cv|lllp|co kg|gmbh co kg|gmbh cokg|sp k|sp j|ks|ky|scs|ag co kg
sole:ek|e k|cc|eu|e u|tmi|fop|ip|eirl|enk
""".strip()
_KIND_OF: Final = {
    tuple(form.split()): kind
    for kind, _, forms in (line.partition(":") for line in _KINDS.splitlines())
    for form in forms.split("|")
}
FORM_WORDS: Final = frozenset(word for words in BACK for word in words if len(word) > 1)
_MIDDLE: Final = frozenset(
    form[0]
    for form in _KIND_OF
    if len(form) == 1 and form[0] not in ("se", "ip", "eu", "dd", "hb", "kb", "ks", "ky", "cv", "ao")
)


def kind_of_form(words: tuple[str, ...]) -> str | None:
    """Return what kind of company the legal form at the end of a name makes, None where that is not known."""
    for length in _BACK_LENGTHS.get(words[-1], ()) if words else ():
        if length < len(words) and words[-length:] in _KIND_OF:
            return _KIND_OF[words[-length:]]
    return None


def without_middle(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the words without a legal form that one or two words follow: "Acme Ltd Bristol"."""
    for tail in (1, 2):
        place = len(words) - tail - 1
        if place >= 1 and words[place] in _MIDDLE:
            head, countries = cut(words[: place + 1])
            return (*head, *words[place + 1 :]), countries
    return words, NO_COUNTRY


def cut(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the words without legal forms at either end, and the countries these imply.

    Several forms on one name ("GmbH & Co. KG") imply what they have in common. A name that consists of nothing but a form
    keeps its words.
    """
    countries: frozenset[str] = NO_COUNTRY
    while len(words) > 1:
        cut_off = _back(words) or _front(words)
        if cut_off is None:
            break
        words, implied = cut_off
        countries = (countries & implied) or countries or implied
    return words, countries


def _back(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]] | None:
    for length in _BACK_LENGTHS.get(words[-1], ()):
        if length < len(words) and words[-length:] in BACK:
            return words[:-length], BACK[words[-length:]]
    return None


def _front(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]] | None:
    for length in _FRONT_LENGTHS.get(words[0], ()):
        if length < len(words) and words[:length] in FRONT:
            return words[length:], FRONT[words[:length]]
    return None
