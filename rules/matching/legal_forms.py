"""Legal forms of companies in the world's spellings and scripts, with the countries each one implies.

Used to cut the form off a name, which says nothing about who is meant, and to keep aside what it says about the country.
Latin forms are told as the words they normalise to: "G.m.b.H." and "GmbH" are both "gmbh", "Sp. z o.o." is "sp z oo". A form
that many countries share implies none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Forms that stand at the end of a name (or in front, where FRONT names them too). "" after the colon: no country implied.
_TABLE: Final = """
inc:US CA PH|incorporated:US CA PH|corp:|corporation:|co:|company:|companies:|llc:|l l c:|ltd liability co:US|pllc:US
pbc:US|lp:|lllp:US|llp:|ltd:|limited:|plc:GB IE|public limited company:GB IE|cic:GB|co ltd:|company limited:
company ltd:|co limited:|pvt ltd:IN PK LK BD|private limited:IN PK LK BD SG|pvt limited:IN PK|p ltd:IN|pte ltd:SG
pte limited:SG|pte:SG|pty ltd:AU ZA|pty limited:AU ZA|proprietary limited:AU ZA|proprietary ltd:AU ZA|pty:AU ZA
sdn bhd:MY BN|sendirian berhad:MY|bhd:MY|berhad:MY|dac:IE|designated activity company:IE|teoranta:IE
unlimited company:IE GB|ulc:CA|ltee:CA|limitee:CA|enr:CA|gmbh:DE AT CH|gesellschaft mit beschrankter haftung:DE AT
gesellschaft mit beschraenkter haftung:DE AT|mbh:DE AT|ggmbh:DE|gmbh co kg:DE AT|gmbh u co kg:DE AT
gmbh und co kg:DE AT|gmbh and co kg:DE AT|gmbh co kgaa:DE|gmbh co ohg:DE|ag co kg:DE|ag co kgaa:DE|se co kgaa:DE
se co kg:DE|ug co kg:DE|kg:DE AT|kgaa:DE|ohg:DE AT|ug:DE|ug haftungsbeschrankt:DE|ug haftungsbeschraenkt:DE
ag:DE AT CH|aktiengesellschaft:DE AT CH|ev:DE|e v:DE|eg:DE|ek:DE|e k:DE|e kfm:DE|gbr:DE|se:|co kg:DE AT|kgmbh:AT|eu:AT
og:AT|sca:|sagl:CH|sa:|sas:FR CO|sasu:FR|sarl:FR LU CH|sa rl:FR LU CH|s a r l:FR LU|eurl:FR|sci:FR|scop:FR|snc:FR IT|scs:
societe anonyme:|societe a responsabilite limitee:FR LU|societe par actions simplifiee:FR|association:|gie:FR
selarl:FR|sa nv:BE|nv sa:BE|srl nv:BE|sl:ES|slu:ES|sau:ES|s l u:ES|sociedad limitada:ES|sociedad anonima:
sociedad anonima de capital variable:MX|sll:ES|slne:ES|scoop:ES|sa de cv:MX|s a de c v:MX|sapi de cv:MX|sab de cv:MX
s de rl de cv:MX|s de rl:MX|sc de rl de cv:MX|ltda:BR CL CO PT|limitada:BR CL CO PT|lda:PT|eireli:BR|epp:BR|sgps:PT
s a s:CO|spa:IT CL DZ|s p a:IT|srl:IT RO AR BO|s r l:IT|srls:IT|sapa:IT|scarl:IT|scrl:IT BE|sas di:IT
societa per azioni:IT|societa a responsabilita limitata:IT|soc coop:IT|onlus:IT|saci:AR|cia ltda:EC|eirl:PE CL|sac:PE
saa:PE|ca:VE|bv:NL BE|b v:NL|nv:NL BE|n v:NL BE|vof:NL BE|cv:NL|bvba:BE|sprl:BE|cvba:BE|besloten vennootschap:NL
naamloze vennootschap:NL BE|asbl:BE|vzw:BE|ab:SE FI|aktiebolag:SE|publ:SE|ab publ:SE|hb:SE|kb:SE|as:NO DK EE|asa:NO
aktieselskab:DK|aksjeselskap:NO|aps:DK|anpartsselskab:DK|a s:DK NO CZ TR|is:DK|i s:DK|ks:NO DK|oy:FI|oyj:FI|oy ab:FI
osakeyhtio:FI|julkinen osakeyhtio:FI|ky:FI|tmi:FI|ehf:IS|hf:IS|ohf:IS|sf:IS|os:NO|sp z oo:PL|sp z o o:PL
spolka z oo:PL|spolka z ograniczona odpowiedzialnoscia:PL|spolka akcyjna:PL|sp j:PL|sp k:PL|spk:PL|spj:PL
spolka komandytowa:PL|spolka jawna:PL|sp zoo:PL|spzoo:PL|sp z oo sp k:PL|sp z oo spk:PL|sro:CZ SK|s r o:CZ SK
spol s r o:CZ SK|spol sro:CZ SK|akciova spolecnost:CZ|akciova spolocnost:SK|vos:CZ|kft:HU|zrt:HU|nyrt:HU|bt:HU|kkt:HU
korlatolt felelossegu tarsasag:HU|rt:HU|doo:RS HR SI BA ME|d o o:RS HR SI|d d:HR SI|dd:HR SI BA|jdoo:HR|ad:RS BG
ood:BG|eood:BG|ead:BG|et:BG|pfa:RO|uab:LT|mb:LT|sia:LV|ou:EE|oue:EE|osauhing:EE|aktsiaselts:EE|ooo:RU|oao:RU|zao:RU
pao:RU|ao:RU KZ|ip:RU|too:KZ|tov:UA|tzov:UA|pat:UA|prat:UA|at:UA|fop:UA|pe:GR|ae:GR|a e:GR|epe:GR|e p e:GR|ee:GR|oe:GR
ike:GR|anonimi etaireia:GR|etaireia periorismenis efthynis:GR|anonim sirketi:TR|limited sirketi:TR|ltd sti:TR
ltd sirketi:TR|a o:TR|sanayi ve ticaret as:TR|sanayi ve ticaret ltd sti:TR|san ve tic as:TR|san ve tic ltd sti:TR
san tic ltd sti:TR|ve ticaret as:TR|tic as:TR|tic ltd sti:TR|fze:AE|fzco:AE|fz llc:AE|fzc:AE|pjsc:AE|psc:AE
wll:QA KW BH|w l l:QA KW BH|saoc:OM|saog:OM|kscc:KW|kscp:KW|ksc:KW|bsc:BH|bsc c:BH|sal:LB|jsc:|ojsc:RU|cjsc:RU AM
pjs co:AE|sae:EG|s a e:EG|kk:JP|k k:JP|yk:JP|y k:JP|gk:JP|g k:JP|kabushiki kaisha:JP|kabushiki gaisha:JP
yugen kaisha:JP|yugen gaisha:JP|godo kaisha:JP|pt:ID|pt tbk:ID|tbk:ID|persero:ID|pcl:TH|public company limited:TH
tnhh:VN|cong ty tnhh:VN|cong ty cp:VN|cp:VN|cong ty co phan:VN|cong ty trach nhiem huu han:VN|opc:IN PH|rf:ZA|npc:ZA
cc:ZA|soc ltd:ZA|gte:NG|gesmbh:AT|ges m b h:AT|g m b h:DE AT|a g:DE AT CH|s a:|s l:ES|s a u:ES|p l c:GB IE|l t d:
i n c:US|c o:|a b:SE|s e:|o y:FI|a p s:DK|e u r l:FR|s a s u:FR|k g:DE AT|p t y ltd:AU ZA|s c a:|s n c:FR IT|o u:EE
u a b:LT
""".strip()

# Forms that stand before the name.
_FRONT: Final = """
ooo|oao|zao|pao|ao|ip|too|tov|tzov|pat|prat|pt|cv|sia|uab|ab|as|ou|pp|fop|srl|sc|sarl|ste|societe|sas|sa|eurl
cong ty tnhh|cong ty cp|cong ty co phan|cong ty|firma|fa|spolka|ets|etablissements|kk|k k|kabushiki kaisha
kabushiki gaisha|ad|et|eood|ood|ltd|obshchestvo s ogranichennoy otvetstvennostyu|otkrytoye aktsionernoye obshchestvo
aktsionernoye obshchestvo|tovarystvo z obmezhenoyu vidpovidalnistyu|gk|yk
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
    ("有限公司", "CN TW HK"), ("主式會社", "KR"), ("주식회사", "KR"),
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
            forms[tuple(words.split())] = frozenset(countries.split())
    return forms


BACK: Final[Mapping[tuple[str, ...], frozenset[str]]] = _read(_TABLE)
FRONT: Final[Mapping[tuple[str, ...], frozenset[str]]] = {words: BACK.get(words, NO_COUNTRY) for words in _read(_FRONT)}
WORDS_MAX: Final = max(map(len, BACK))


def cut(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the words without legal forms at either end, and the countries these imply (none where they disagree).

    A name that consists of nothing but a form keeps its words.
    """
    countries: frozenset[str] = NO_COUNTRY
    is_cut = True
    while is_cut and len(words) > 1:
        is_cut = False
        for length in range(min(WORDS_MAX, len(words) - 1), 0, -1):
            found = BACK.get(words[-length:])
            if found is not None:
                words, countries, is_cut = words[:-length], countries or found, True
                break
            found = FRONT.get(words[:length])
            if found is not None:
                words, countries, is_cut = words[length:], countries or found, True
                break
    return words, countries
