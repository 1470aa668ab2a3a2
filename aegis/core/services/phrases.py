"""The words by which a text demands something, or only mentions, denies, replaces or reports it; the same for all.

`aegis.core.services.asks` and `denials` say how they combine; `lexicon` has those of signs. All are in small letters.
"""

from __future__ import annotations

import re


def words(*lists: str) -> frozenset[str]:
    """The words of lists with blanks between them."""
    return frozenset(" ".join(lists).split())


# --- what requires -------------------------------------------------------------------------------------------

NEEDS = words(
    "require requires need needs expects assumes presupposes prereq prereqs prerequisite prerequisites",
    "precondition preconditions",
    "benötigt benötigen braucht brauchen erfordert voraussetzung faut nécessite nécessitent requiere requieren",
    "necesita requer richiede",
)
"""What follows is required: "requires Redis", "needs a running Kafka", "expects Postgres on port 5433"."""
ON = words("depends depend relies rely dependent builds waiting blocked")
"""... where "on", "upon" or (of waiting) "for" follows."""
ONLY_AT_A_START = words("required needed requirements requirement")
"""... where a clause begins with them, or a colon follows: "Required: Redis", but not "v1 required Redis"."""
BASE_FORMS = words("require need depend rely")
"""... but "let the app require X" and "do the tests need X" require nothing."""
NEEDED = words(
    "required needed necessary mandatory essential precondition preconditions prerequisite",
    "prerequisites requirement must-have indispensable",
)
"""What stands before is required: "Redis is needed"."""
TAKES = words("take takes call calls ask asks want wants")
TAKES_AFTER = words(", this that it which test tests suite also will really you we you'll we'll you'd one'll")
"""... where a live thing follows, and "this" or nothing stands before: "that takes a live Redis"."""
MUST = words("must should has have needs need muss müssen doit debe")
RUNS = words(
    "running up available started reachable online accessible installed healthy open ready present listening there",
    "set exported defined configured provided alive",
    "tourne démarré lancé marcha iniciado läuft laufen erreichbar installiert gestartet verfügbar vorhanden",
)
ANSWERS = words("reachable up running available online accessible answers answering erreichbar")
STATES = words("listening running up started alive")
"""... and what "must be up on port 7010", whatever it is; "reachable" there may be what the work brings about."""
"""... and so it is with "must be running", "has to be set", "make sure that it is up"."""
DOES = words("laufen run answer respond listen exist")
INSISTS = words("sure ensure ensures assume assumes assuming confirm before until unless")
"""Words that make "Redis is running" a demand; "only if/when/while/with Redis is running" is one too."""
RUNS_SO = words(", locally on before for first while during when too")
"""What may follow "must run", where the thing itself is to run: "must run in batches" is something to build."""
TOLD_TO_HAVE = words("you we one machine host sure necessary important essential required remember")
INSISTS_THAT = words("require requires required needs expects presupposes necessary important essential")
LIVE = words("live real running local actual genuine working laufende laufenden laufendes laufender")
STANDS_IN = words("simulator emulator mock stub fake sandbox bench twin dummy simulation partner's vendor's supplier's")
"""What another's service is replaced by in a test: it must be there, and is not what the work brings about."""
"""What is checked "against a live Redis" needs one."""
CHECKS = words(
    "run runs tested test checked check measured measure verify verified reproduce reproduced try tried must has have",
    "only need needs can",
)
IMPOSSIBLE = words("cannot can't won't impossible unable nowhere pointless useless")
TESTABLE = words("tested done tried started begun reproduced verified checked test start begin reproduce verify try")
"""What "cannot be" while a thing is down, for this task to wait for it; that users "cannot log in" is a fault."""
TRIED = words("this it task test tests suite build you we nothing no none")
"""What "cannot" be done without a thing, for this task to require it."""
LACKS = words(
    "without no unless older below lower down off stopped missing gone unset dead away absent forget remember"
) | words("unavailable unreachable asleep not otherwise if")
"""One of these stands where a sentence says what comes of a thing's not being there."""
WAITS = words("wait waits retry retries poll polls sleep sleeps")
HERE = words("machine box host runner laptop system path")

# --- what denies, reports or supposes ------------------------------------------------------------------------

NOT = words(
    "no not without never neither nor none nothing nobody hardly rarely cannot optional optionally instead if whether",
    "kein keine keinen nicht pas sin nie",
    "would could might may ideally preferably stop stops avoid avoids longer used formerly previously seldom possibly",
    "maybe perhaps",
)
"""Denies or only supposes what follows closely; each word that ends in "n't" does as well."""
UNTIL = words("before until unless once")
"""... but "do not start before Redis is running" wants it running."""
SAYS = words(
    "say says said saying mention mentions mentioning document documents documenting explain explains describe",
    "describes state states claim claims complain complains complaining warn warns warning warnings tell tells show",
    "shows print prints log logs logged report reports error errors exception message messages hint hints readme told",
    "wrote writes comment comments docs documentation detect detects check checks test tests assert asserts validate",
    "validates",
)
"""What is said "that Redis is required" is reported, not demanded."""
SAYS_AS_A_NOUN = words(
    "test tests check checks comment comments docs documentation readme log logs state states message messages"
)
"""... but these also require things themselves: "the tests need Redis"."""
NOTES = words("note notice section paragraph sentence line remark banner badge tooltip hint")
"""... so are these after "a", "the", "another"."""
OTHERS = words(
    "users customers people they clients visitors readers contributors production prod nobody everyone somebody",
    "competitors who which that whatever image images container containers dockerfile pod pods form field page",
)
"""As the subject of "need", these say what others need."""
LATER = words(
    "later eventually someday afterwards production prod mocked faked stubbed simulated emulated fake mock fakes",
    "mocks",
)

# --- what brings a thing, or does away with it ---------------------------------------------------------------

SETS_UP = words(
    "set setup set-up install provision deploy start launch spin bring stand run create configure dockerize dockerise",
    "containerize containerise introduce boot add setting installing provisioning deploying adding introducing",
)
DOES_AWAY = words(
    "remove replace drop uninstall evaluate choose compare document describe retire deprecate removing replacing",
    "dropping sunset ditch abandon decommission evaluating kill",
)
OPENS = words("open expose serve listen publish build implement rename read support flag use rotate")
"""... and these with a port, a URL or a variable."""
IS_SET_UP = words(
    "setup set-up installation install provisioning deployment bootstrap removal replacement decommissioning"
)
"""As `SETS_UP`, behind the name: "Redis setup"."""
ITS_OWN = words(
    "server instance database db container service cluster daemon engine desktop compose broker locally for on in",
    "with via using and or to at through version from as support stack by",
)
"""After "set up Redis", these (and the end) say that Redis itself is set up, and nothing around it."""

# --- what leads elsewhere ------------------------------------------------------------------------------------

ELSEWHERE = words(
    "over around to from for about of in by on support review help docs documentation migration decision knowledge",
    "experience between that which who where when because since so bigger better more faster larger smaller another",
    "different against into onto than how why what off",
)
"""Between "needs" and a name, these say that something else is needed."""
SUBORDINATE = words(
    "as since because which then so where while when it we they you this that is are was were will can but who there"
)
SAYS_BEFORE_A_COLON = words("message messages log logs comment comments docs documentation readme")
FINITE = words("is are was were has have had does do can will would could cannot isn't aren't wasn't doesn't")
NO_GERUNDS = words("having running working existing listening testing staging something anything everything")
TO_A_PLACE = words("on at answering serving under via open of")
"""Between "needs" and an address, these lead to it: "needs the stub server on localhost:8089"."""
COMMAND_WORDS = words(
    "a an the ( : command commands tool tools binary binaries program programs executable executables cli"
)
TO_A_VARIABLE = words("in set under via through")
OR_NEWER = words("later newer higher above greater better up so more compatible")
GOES_ON = words("it else otherwise this that they we you the nothing everything tests all")
"""After "or", these begin a new clause and name no alternative."""

# --- what may stand around a name ----------------------------------------------------------------------------

AROUND = words(
    "a an the our your this its any one both either all each running up and & , ( ) installed available must be is",
    "are needs to server servers service services database instance daemon engine container local locally on",
    "localhost reachable started requires required needed access db cluster broker version at least later or newer",
    "higher above working live host machine with only real test dev development also please port listening there here",
    "ready healthy open env environment variable variables command commands tool cli binary via own dedicated",
    "separate fresh recent plain path lokale lokaler lokales lokalen",
    "läuft laufen erreichbar ein eine einen laufende laufender laufendes und",
)
"""With these, a list's item is still no more than the service: "a running local Redis 7 (on port 6380)"."""
NOUNS = words(
    "server servers service services instance instances daemon engine container containers cluster broker brokers",
    "database databases db desktop compose connection access host node endpoint backend store datastore stack",
    "installation setup process cache copy clone box mirror",
)
"""A name with one of these behind it is still the service, unless a further noun follows ("Redis server logs")."""
RUNTIME_NOUNS = words("version installation runtime")
AFTER = words(
    "rather instead except besides named called running up available installed started reachable accessible healthy",
    "online listening open working alive ready present locally local nearby first already now too also and or but as",
    "since because so which that to for on in at with via from by under before during until while when if unless must",
    "should has have needs need is are be being required needed necessary mandatory plus & please here there both",
    "only not anyway itself behind set exported defined configured provided lts latest up-to-date again inside of",
    "than like using through lokal lauffähig läuft laufen installiert und auf für pour et para y en",
    "qui que der die das welche",
)
"""What may follow a name (and its nouns) that is required itself."""
ADDRESS_AFTER = words(
    "running started up reachable accessible open listening to for and or before must has needs is are be with when",
    "while first on alive healthy answering responding so because which that as",
)
COMMAND_NOUNS = words("command cli binary executable tool program installation compiler utility client")
COMMAND_AFTER = (AFTER - words("to of like node")) | words("on in path to")
VARIABLE_AFTER = words(
    "of too obviously though please anyway first",
    "set exported defined present provided available configured in to for and or must has needs is are be env",
    "environment variable before on from with as so because which while when",
)
KEPT_IN = words("environment env shell .env ci vault secrets secret runner machine box terminal process profile")
"""Where a variable is set; "in the payload", "on the order" it is something else."""
OF_A_REPOSITORY = words("repository repository's repo repo's github gitlab actions")
"""... but "in the repository's secrets" it is there for CI alone."""
NO_VARIABLE_BEFORE = words(
    "header field param parameter column constant claim cookie attribute property enum status flag"
)
VARIABLE_FRAME = words("environment env variable variables var vars exported set defined secret secrets")
TO_A_VALUE = words("a an your the some valid any our run be test")
"""Behind "FOO must be set to", these name no value: "to a valid key"; with a value it is something to build."""
CREDENTIAL = re.compile(
    r"[A-Z0-9_]*_(?:KEYS?|TOKEN|SECRET|PASSWORD|PASSWD|PAT|UR[LI]|DSN|CREDENTIALS|HOST|ID|SID|USER|USERNAME|AUTH|WEBHOOK|"
    r"PORT|HOME|BIN|PROFILE|REGION|ENDPOINT|BUCKET)"
)
"""The ends of variables' names that are required without the word "variable"."""
NO_COMMANDS = words(
    "dependencies dependency package packages app apps hooks hook fonts font library libraries plugin plugins",
    "extension extensions requirements module modules certificate certificates cert certs sdk driver drivers software",
    "tools it everything that this them one version be is are must being get gets already properly or with not the a",
    "an to been agent theme add-on addon addons tracker pixel patch update release sensor",
)
"""What is "installed" and is no command."""
