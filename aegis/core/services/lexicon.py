"""The word classes by which a mention's signs are told, all in small letters; `phrases` has those of plain demands."""

from __future__ import annotations

from aegis.core.services.phrases import words


def pairs(*lists: str) -> frozenset[tuple[str, str]]:
    """Two words that stand next to each other, written with "_" between them."""
    return frozenset((one, other) for one, _, other in (pair.partition("_") for pair in words(*lists)))


# --- the clause ----------------------------------------------------------------------------------------------

PREPOSITIONS = words(
    "gegen contre contra auf sur against on in into with from to via through off at over onto inside under by",
    "using within of behind across",
)
BREAKS = words(
    ", ; : ( ) = → but because since when if while where which whereas although though hence so until unless as given"
)
"""Where a clause ends, unless it is a comma between two things."""
BEFORE_A_NOUN = words("a an the this that our your each every its of no one")
LIVE = words(
    "lokale lokalen lokaler lokales echte echten laufende laufenden real actual live running local genuine",
    "working true physical existing proper",
)
LOCAL = words("lokale lokalen lokaler lokales local locale")
AGAINST = words("against gegen contre contra")
ENVIRONMENTS = words(
    "dev development lab test testing compose shared sandbox scratch throwaway temporary empty fresh filled seeded",
    "staging demo training preprod stage restored standalone single bare own dockerised dockerized internal",
    "perf performance loadtest load integration team's pre-prod disposable dedicated spare blank clean",
)
MODIFIERS = (
    LIVE
    | ENVIRONMENTS
    | words(
        "ein eine einen einer einem der die das den dem un une le la el una a an any another the our your my",
        "their this that its one same new old whole full both some each",
    )
)
"""What may stand between a preposition, or a verb, and a name."""
OWNERS = words("your my their the this one a another")
MACHINES = words("laptop machine computer box terminal host workstation desktop notebook pc mac")
"""Where it is when it is "on your laptop", "in one terminal"."""

# --- who does it ---------------------------------------------------------------------------------------------

DOERS = words(
    "test tests suite suites script scripts bench benchmark benchmarks repro spec specs e2e fixture fixtures check",
    "checks runner harness measurement measurements backfill importer seeder seed migration experiment soak smoke it",
    "they you we i whoever whoever's client recorder uploader loader comparison job this one-off notebook fuzzer",
    "crawler simulation rehearsal drill everything",
)
"""What does the work in place of whoever does the task."""
LEADS = words(
    "each every time $",
    "then please and also first now finally next just so afterwards to let's you we i only and/or",
    "always simply once you'll we'll i'd or them quickly manually - again later",
)
"""What may stand before a verb that tells what to do."""
SCRIPTS = (".py", ".sh", ".js", ".rb", ".mjs", ".ts", ".pl", ".ps1")

# --- what is done --------------------------------------------------------------------------------------------

CONTACT = words(
    "download fetch pull record rerecord capture hit target call request query scrape crawl connect post upload send",
    "poke ping load-test benchmark measure test check verify curl stress compare sample import smoke-test probe",
    "dial curl wget ab wrk hey siege telnet nc scan browse",
    "hammer fire push sync mirror submit run point get watch hook plug aim wire archive attach register dump grab",
)
"""What is done to an address: enough where whoever does the task is to do it."""
READS = words(
    "do perform place order buy book read take get compare insert import open run replay click note load put draw talk"
)
BRINGS = words("start bring spin boot launch fire get have run")
FIRST = words("before first beforehand prior beginning")
HAVE = words("have want need keep get has")
TOLD_TO_HAVE = words("to must should will you you'll we'll please whoever and then first also one'll i'd you'd")
STATES = words(
    "running up available started reachable online installed listening set alive ready open around handy going loaded",
    "booted serving present there healthy",
)
COUNTS = words("once twice one two three four five six seven eight nine ten dozen hundred thousand few times")
OBSERVES = words(
    "watch see count counts compare check verify look confirm wait measure diff note query observe inspect assert make",
    "write post paste attach list report plot tell record",
)
CHECKS = words(
    "satisfied accepted passes done acceptance verification test tests suite measurement proof check repro bench",
    "rehearsal experiment",
)
MEASURES = words(
    "numbers figures percent timings latency throughput p95 p99 p50 counts cpu explain plan plans histogram recall rps",
    "statistics stats sizes screenshot milliseconds ms median seconds duration profile flamegraph footprint speed fps",
    "rate rows memory plot plots graph graphs trace traces dump size",
)
BY_MEANS_OF = words("with using via through by")

# --- what a text as a whole wants ----------------------------------------------------------------------------

OUTCOMES = words(
    "measured histogram median replies visible rss screenshot screenshots repro proof experiment figures trips drill",
    "run-through rehearsal benchmark profile flamegraph pcap reproduction verdict numbers",
)
"""What only comes of work on running things."""
HANDS_ON = words(
    "run rerun re-run replay measure benchmark profile reproduce repro try play plot count note screenshot paste",
    "attach observe watch eyeball confirm refute prove record capture bisect rehearse re-execute eval trigger kill",
    "group do draw find perf-test perform grep spot-check produce publish diff scan sweep upload bring curl log switch",
    "restart unplug start insert load feed export compare look see dump reset execute query seed fill",
    "open flip wait walk hook point send fetch download sort convert hit search save put draw dry-run",
)
"""What whoever does the task is told to do with running things, at a clause's begin."""
TRIES = words("replay verify measure reproduce rehearse investigate validate rerun re-run restore retest")
"""Verbs that are no nouns as well, as "test" and "search" are."""
TOOLS = words("tool script command job button service mode page runner screen api endpoint feature")
"""... but "replay tool" is one."""
DETERMINERS = words("the a an all our each every that how whether if why both what against with on")
TRIALS = pairs(
    "_ load_test smoke_test stress_test soak_test performance_test perf_test load_tests manual_test manual_qa"
)
HANDS_ON_PAIRS = pairs(
    "_ time_it show_that by_hand for_real tell_me dry_run how_many wait_for at_hand to_hand hand_in",
    "the_ticket the_pr the_wiki find_out keep_an before_and per_minute in_between side_by leave_the",
)
STATEMENT_VERBS = words(
    "select explain insert alter vacuum scan keys eval begin copy monitor call exec info put get post head create"
)
"""... and these where they are written in capitals, as people type them into a shell of the service."""
ACCEPTED_LIVE = pairs(
    "_ test_system real_system end_to by_hand real_device live_system click_through",
)
STAND_INS = words(
    "dummy",
    "mock mocks mocked stub stubs stubbed fake fakes faked in-memory miniredis fakeredis mongomock wiremock vcr vcrpy",
    "cassette recorded simulated emulated embedded nock msw moto testcontainers mockconsumer mockproducer stand-in",
    "double doubles canned cassettes",
)
"""What does the work of a living thing in a test."""
ALSO_STAND_INS = words("emulator simulator sqlite h2 files copy ferretdb")
"""... and these where a text rules them out: "not sqlite", "no files please"."""
RULES_OUT = words("pain against useless no not never cannot lied lie nothing differs differently slow fast lost hides")
NOT_A_STAND_IN = words(
    "pain against useless no not never without lied cannot instead rather than has have only but nothing differs"
)
TESTED = words("test tests tested use uses using with by via in unit the all everything covered suite cover from")

# --- what speaks against it ----------------------------------------------------------------------------------

SKIPPED = words("skipped skips skip fails fail aborts pointless useless meaningless nothing impossible")
PASSES = words("pass through green succeed clean work finish")
DESCRIBED = words("described documented default defaults")
SETTINGS = (".yaml", ".yml", ".tf", ".tfvars", ".conf", ".toml", ".ini", ".hcl", ".properties")
REPORTS = words("reported seen observed noticed happens happened occurs affects affected found")
"""A sentence that begins with one of these tells where a fault was seen."""
PAST = words("was were had used yesterday ago required formerly previously saw died happened failed crashed reported")
ELSEWHERE = words(
    "prod production users people visitors nightly everyone qa colleagues others ops dba dbas sre pipeline"
)
THEIRS = words("customer's customers' client's user's reporter's their")
LATER = words("later eventually someday follow-up followup")
LATER_PAIRS = pairs(
    "_ another_ticket own_ticket not_now separate_ticket own_card next_sprint",
)
GOES = words(
    "rm remove removes removing delete deletes deleting drop dropping retire retiring replace replacing replaces rip",
    "kill decommission uninstall ditch abandon sunset deprecate rename renaming swap stop unplug eliminate phase clean",
    "leave left leaving strip discontinue disable forbid ban",
)
TARGETS = words("target host server endpoint environment env instance system sandbox cluster machine where against")
"""What an address is called on which the work is done."""
READ = words(
    "comment discussion thread docs page post article issue details more info see sheet table notes answer report"
)
"""What is read at an address, and asks nothing of it."""
REMOVAL = words("rid removal use usage instead rest remains traces instances mention mentions support")
GONE = words(
    "gone dead removed retired replaced decommissioned deprecated died obsolete leaves goes unused renamed dropped",
)
ABSENT = words(
    "down away missing unavailable unreachable refused stopped outage absent off offline hangs hiccups restarts dies",
    "unset gone closed empty disappears fails failing slow times timeout crashed restarting crashes lost reboots",
)
WHEN = words("when if whenever while once case although")
TEXTUAL = words(
    "exactly identifier string strings label labels placeholder title typo spelling wording badge header tile legend",
    "colour color price bill licence license enum translation translations snippet comment comments encode redirect",
    "considered websites vendor samples glossary parse parser parsed input syntax dialect stack labels affected",
    "course headline caption logo contains mention mentions mentioned naming convention versions components",
    "deps packages libraries licences licenses formatter tokeniser tokenizer backticks grammar lexer quoting",
    "escaping",
    "pixel placeholders tooltip footer keyword keywords synonyms",
)
"""In a sentence with one of these a name is text, or data, and no thing that runs."""
PAPER = words(
    "document docs doc documentation adr blog slides slide translate typo glossary readme guide explain explainer quiz",
    "handbook article newsletter announcement wiki diagram presentation talk cost costs spreadsheet logo screenshot",
    "changelog onboarding runbook faq comparison page spell wording describe brochure poster proposal rfc decide",
    "contributing write-up writeup doku dokumentation anleitung documentation documentación research",
    "decision evaluate estimate naming checklist list notes overview summary",
)
"""A task whose name begins with one of these makes a text or a decision."""
SHIPS = words("move migrate import export archive publish deploy upload build generate host serve lint render convert")
WRITES = words(
    "beschreibe beschreiben décrire describir dokumentiere dokumentieren",
    "document describe explain mention write evaluate readme docs spike decide",
)
FAILURE = words(
    "survive survives outage missing away unavailable unreachable fallback complain hide message error warn friendly",
    "degrade graceful gracefully without down tolerate circuit retry reconnect banner notice detect optional crash",
)
"""In a task's name these make the absence of a thing the matter."""
WHOLES = words("stack environment env compose devcontainer testbed infrastructure compose.yml docker-compose.yml")
"""What holds several services; who sets one up, sets these up."""
STARTS_UP = words("access touch run start up running started running have install be spin bring")
ALL = words(
    "stack services service containers container database db infrastructure anything nothing server servers broker",
    "backend",
)
"""What stands for all that could have to run."""
MAKES = words("set setup create add provide write build ship make give introduce configure dockerize dockerise")
MOVES = words("migrate migrating migration move moving switch switching port porting upgrade upgrading change")
OPENS = words(
    "starts listen listens serve serves expose exposes bind binds spawn spawns listener opens default defaults"
)
STARTS = words("starts spins launches boots brings provides creates provisions")
"""What a program does for itself: "GitLab starts a postgres:15 for the job", "the fixture brings up a Redis"."""
YOU = words("you we whoever who one")
YOURS = words("environment env profile shell keyring")
"""... and these where they are yours: "from your environment"."""
FAULTS = words(
    "reports ignores loses drops sends returns gives fails shows redirects times hangs answers throws says responds",
    "crashes dies",
)
"""What something does that is reported: "curl localhost:9200 gives 401"."""
STATEMENTS = words(
    "is are was were has have had does do did can will would could should must may might needs need isn't aren't"
)
"""A clause with one of these says how things are, or must be."""
MODALS = words("must should shall has have needs need")
USES = words("against on with in from via using by run then but")
OTHER_PLACES = ("other repo", "another repo", "other suite", "separate repo")
SET_UP = words("install start run up have deploy spin bring use")
DUTY = words("needs have need necessary required must")
NEEDED = words("needed required necessary involved part role touched used matter")
NO_LONGER = words("longer part more")
TELLS = words("has contains tells points holds names says")
"""What a variable does for a script that reads it."""
