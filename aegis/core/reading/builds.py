"""The builds of sentences that order this work and another, as patterns; `frames` reads sentences by them.

In the text of a frame `§` stands for what is named (several in a row are one), in the group `x` for what is waited for,
and everything is in small letters.
"""

from __future__ import annotations

import re

from aegis.core.reading.completion import STATES
from aegis.core.reading.vocabulary import any_of, words

_X = "(?P<x>§)(?: task| ticket| work| thing| stuff| part| one| pr| story)?"
_THIS = (
    "(?:this|it|that|here|on this|with this|this one|this task|this ticket|the work|the task|the ticket|the rest"
    "|anything|work)"
)
_SOFT = r"(?: \w+ly| still| yet| already| all| both| really| also| just| then| fully| now| either| only| to)*"
_IS = rf"(?:is|are|has|have|was|gets?|being|'s){_SOFT}(?: been| be)?{_SOFT}"
_OPEN = any_of(
    """
    open, pending, missing, unfinished, ongoing, in progress, in review, in flight, in the works, in work, to be done,
    being worked on, being built, being reviewed, being tested, on its way, underway, under way, under review, a draft,
    half done, half-done, not there, outstanding, wip, undone, to do, in qa, in testing, broken off, up in the air, on
    the way
    """
)
_UNDONE = (
    rf"(?:(?:is|are|has|have|was|did)(?:n't| not){_SOFT}(?: been| be)?(?: \w+ly)? (?:{STATES}|[a-z]+(?:ed|en))"
    rf"|{_IS} (?:not(?: yet)? {STATES}|{_OPEN}))"
)
_YET = r"(?: yet| so far| as yet| though| right now| at the moment| in main| on main| by now| \(\))*"
_DONT = (
    r"(?:don't|do not|please don't|not|never|no need to|no point in|no use|nobody should|no one should|shouldn't"
    r"|should not"
    r"|mustn't|must not|can't|cannot|can not|won't|will not|no reason to)"
)
_HOLD = (
    rf"(?:{_DONT}(?: yet)? (?:be )?(?:\w+ )?(?:start|begin|pick|touch|look|merge|do|ship|deploy|go|work|continue"
    r"|proceed|started"
    r"|done|merged|picked|touched|built|shipped|tested|finish|build|try|take|implement|write|expect)\w*|wait(?:s"
    r"|ing)?|has to wait|have to wait"
    r"|must wait|on hold|hold off|hold on|hold this|parked?|blocked|stuck|leave (?:this|it)|not yet|keep (?:off"
    r"|away)|later"
    r"|paused?|postponed?|on ice|stalled)"
)
_BEGIN = (
    r"(?:start|begin|pick(?: up)?|continue|go|proceed|do|merge|deploy|ship|work|build|implement|tackle|take|resume"
    r"|kick off|touch|come)"
)
_MUST = any_of(
    "must, has to, have to, needs to, need to, should, ought to, shall, is to, are to, better, had better, wants"
    " to, got to, gotta, have both to, have all to, have both got to, have got to, has got to, both have to, both must,"
    " all have to, all must, both need to, all need to"
)
_BE = rf"(?:be |get |go |have |been )?{_SOFT} ?(?:{STATES}|[a-z]+(?:ed|en|wn|lt|nt))"

_ENGLISH = (
    # ordered by a verb of arranging
    r"^(?:[^\w§]|please |let's |so |then )*(?:queue|put|schedule|line|slot|park|plan|place|sequence|order"
    rf"|move)d?(?: {_THIS})?(?: up| in)? (?:right |directly )?(?:behind|after) {_X}",
    rf"(?:^|[,;:.] )(?:so )?{_THIS} (?:has to |must |should |will |needs to |can only |comes? |goes? |is )+(?:go "
    r"|come |be |run |done )*(?:second|last|afterwards|after(?: that)?)"
    rf"(?: to| behind| after) {_X}",
    rf"^(?:after|following|once|upon|as of) {_X}(?: \(\))?(?: {STATES})*(?: \(\))?(?: ,)? (?:and"
    r"|but) (?:well )?before\b",
    rf"^(?:\w+ ){{0,2}}(?:sequence|order|timing|schedule|when|position|slot"
    rf"|plan)(?: is)? ?: (?:\w+ ){{0,2}}(?:after|once|behind|following) {_X}",
    r"\b(?:prerequisites?|preconditions?|preparations?|groundwork)(?: work)? (?:is|are) (?:\w+ )?(?:in|by|under"
    rf"|with) {_X}",
    # not done, so hold
    rf"{_X} {_UNDONE}{_YET}\W+(?:\w+ )?(?:so|hence|therefore|thus|that's why|which is why|meaning|until then"
    rf"|till then|and so|and)?,? ?(?:\w+ ){{0,4}}?{_HOLD}\b",
    rf"\b{_HOLD}\b(?: \w+){{0,6}}? ?(?:,|:|;|–|—|-|as|because|since|for|while|,? given that|,? seeing that"
    rf"|when) ?(?:\w+ ){{0,2}}?{_X} {_UNDONE}",
    rf"\b(?:as|so) long as {_X} (?:{_UNDONE}|{_IS} )",
    rf"\b(?:as|so) long as (?:the )?{_X},? (?:there's|there is|we|i|this|it|nothing|no)\b[^.]*"
    r"\b(?:no|not|nothing|can't|cannot|wait|until then)\b",
    rf"\b(?:if|while|when) {_X} {_UNDONE}{_YET},? (?:then )?(?:please )?{_HOLD}",
    rf"\bneither {_X} {_IS} {STATES}\b.*\b{_HOLD}",
    # it must reach a state first
    r"(?:^|[,;:.] |\b(?:prior to|before|ahead of) (?:that|this|it)[, ]*|\b(?:and|but|first|also|that|because|since"
    rf"|so|as|then|is that) )(?:the |our )?{_X} {_MUST} (?:first |still |have )?{_BE}"
    r"(?= (?:first(?! time)|before (?:this|that|we|you|i|it|mine|ours|starting|work)\b|before\W*$|beforehand"
    r"|for this|to (?:start|begin|do this)|by then|prior|ahead)|\W*$)",
    r"(?:\b(?:prior to|before|ahead of) (?:that|(?:this|it|we|you|i|any\w+|work)(?: [\w']+){0,4}|starting)\b[, ]*)"
    rf"(?:the |our )?{_X} {_MUST} ",
    rf"\bbefore (?:this|it|we|you|i|any\w+|work)\b[^.]*, § {_MUST} {_BE}(?: \(\))?,? and (?:the |our )?{_X} {_MUST} ",
    rf"(?:^|[,;:.] ){_X} {_MUST} {_BE}(?: \(\))?,? and § {_MUST} [^.]*"
    r"\b(?:before (?:this|we|you|i|work)|first(?! time))\b",
    rf"{_X} {_MUST} (?:exist|be there|be in|be in place|be around|come first|go first|be first|precede)",
    rf"{_X} (?:has|have|takes?|gets?) (?:priority|precedence)(?! over (?!this|it))",
    rf"{_X} {_MUST} (?:first )?{_BE} before (?:\w+ ){{1,7}}(?:can|could|may)\b",
    rf"{_X} {_MUST} {_BE} (?:when|by the time|at the time) (?:we|you|i|this|anybody|anyone|work)\b",
    r"^(?:to do|todo|to be \w+|start|done|do)(?: this| it)? (?:only |right )?(?:after|once|when|as soon as"
    rf"|behind) {_X}",
    rf"\bblocked (?:\w+ ){{1,4}}(?:by|on) {_X}",
    rf"\bdepend(?:s|ing|ent)? \w+(?: \w+)? (?:up)?on {_X}",
    rf"^with (?:the |our )?{_X}(?: {STATES})?(?: and \w+)?,? (?:we|this|it|you|i) (?:can|could)(?: finally"
    rf"| then)? {_BEGIN}\b",
    # uses what the other brings, so it waits
    rf"\b(?:what|which|that|because|since|as) {_X} (?:\w+s)\b.*\b(?:has to|must|should|needs to|can only|so|hence"
    r"|only) (?:\w+ )?(?:go second|come second|wait|come after|be second|go after|come later|follow)",
    rf"(?<!§ )\b(?:uses?|needs?|takes?|reuses?|calls?|extends?|relies on|based on) (?:\w+ ){{0,6}}?"
    r"(?:of|from|by|in|that"
    rf"|which|with) (?:comes? (?:from|with|in) )?{_X}\W.*"
    r"\b(?:wait|first|until then|not before|has to be there|must be there|merged before|has to be (?:in|merged"
    r"|done|finished)|isn't (?:there|done|merged|in)|not (?:there|done|merged) yet)\b",
    # somebody is on it
    rf"(?:\w+) (?:is|are|works?|sits)(?: still| busy| working| currently)* (?:on|at|with) {_X}\W.*\b(?:start|begin"
    rf"|go|continue|pick|wait|proceed|resume)\w* (?:\w+ ){{0,3}}?(?:when|once|after|until|as soon as|till) "
    r"(?:he|she|they|that|it|this|\w+)(?:'s| is| are| has| have|'ve)? (?:is |been )?(?:done|finished|merged|through"
    r"|ready|in|there|over|landed|shipped|off)",
    rf"(?:we|i|you|let's|please|have to|must|should|do|will|'ll|to) (?:\w+ )?(?:wait|hold)(?: \w+){{0,5}}? ?: {_X}",
    r"\b(?:first|before (?:this|that|anything)|beforehand)(?: of all)? ?[:,]? ?(?:please )?(?:finish|do|complete"
    rf"|land|merge|close|ship|get|deliver|tackle|comes?|goes|is|it's|we (?:need|want)|there's) (?:the )?{_X}",
    r"\b(?:hard|soft|only|real|main|strict|big|sole|one|single)? ?(?:dep|deps|dependency|prereq|prerequisite"
    rf"|blocker|precondition)s?(?: here| for this| now)*(?: is| are| on| to|:| =)+ (?:that )?{_X}",
    r"\b(?:ready|startable|doable|possible|due|free|unblocked|on)(?: \w+)? (?:only )?(?:as soon as|once|when|after"
    rf"|with) {_X}(?= |\W|$)",
)
_MORE = (
    # a word of waiting with nothing but marks behind it
    r"^\W*(?:depends ?on|depends|dependency|dependencies|deps?|blocked(?: by)?|blockers?|waiting(?: for| on)?"
    rf"|waits?(?: for)?|requires?|prereqs?|prerequisites?)(?: #?\d)?[\W\d]+{_X}",
    rf"(?:^|[,;:(.] )(?:1st|first|firstly|step 1|zuerst)\W+(?:the )?{_X}\W(?:.*\W)?(?:2nd|second|secondly|then"
    r"|step 2|next|afterwards)\W+(?:comes )?this\b",
    rf"\b(?:as|so) long as (?:the |our )?{_X} (?:isn't|is not|aren't|are not) (?:there|here|in|out|live|up|ready)\b",
    rf"{_X} (?:←|<-+|<=|⇐) ?this\b",
    r"\b(?:says?|said|wants?|wanted|insists?|asked(?: for| us to do)?|prefers?|agreed|ok|please"
    rf"|plan) ?:? (?:that )?(?:we )?(?:do |finish )?{_X} (?:goes |comes |to go |to come |to be )?(?:done "
    r"|merged )?first(?! time)",
    # if it is not done, not yet
    rf"\b(?:if|while|when|whenever|as long as|should) {_X} (?:{_UNDONE}|{_IS} (?:still )?{_OPEN}"
    rf"|still be {_OPEN})[^.]*?,? ?(?:then )?(?:please )?(?:{_HOLD}|stop|leave|skip|come back|put this"
    r"|take something else|do something else)\b",
    rf"{_X} (?:isn't|is not|aren't|are not|hasn't|has not)(?: yet)?\W+(?:so|hence|therefore|thus)\W+(?:we |please "
    rf"|this |it )?(?:has to |have to |must )?(?:{_HOLD})",
    rf"{_X} .*\bnot (?:\w+ )?yet\W+(?:so|hence|therefore) (?:we |please |this |it )?(?:has to |have to |must "
    rf"|just )?(?:{_HOLD})",
    rf"{_X} ?[❌✗✘🚧⏳🔴🟡⬜☐][^.]*\b(?:not yet|wait|{_HOLD})",
    rf"{_X} ?(?:\(\) ?)?[^\w§]*[,;:.!?)–—-][^\w§]*(?:so |please |and |therefore |thus |but )*"
    r"(?:wait|hold off|not|nothing|do not \w+|don't \w+)(?: \w+){0,3} (?:until|before|for|till)"
    r" (?:it|that|this one|then|they|both|those)\b",
    # told when it is done, to start then
    r"\b(?:ping|tell|call|mail|let|poke|notify|remind)\b[^.]*\b(?:as soon as|when|once"
    rf"|after) (?:\w+ ){{0,3}}{_X}[^.]*\b(?:i|we)(?:'ll| will| can)?(?: then)? (?:start|begin|continue|go on|pick"
    r"|take|proceed)",
    rf"{_X}\W[^.]*\b(?:when|once|as soon as|after|until) (?:it|that|this one|they|both)(?:'s| is| has been| has"
    r"| are| lands| have been)\b[^.]*\b(?:i|we|you|this|it)(?:'ll| will| can| may)?(?: then)? (?:start|begin"
    r"|continue|go on|pick|take|proceed|be started|be picked)",
    rf"\b(?:as soon as|once|when|after) (?:\w+ ){{0,3}}(?:merged|finished|completed|shipped|landed|closed|released"
    rf"|done(?: with)?) (?:the |with )?{_X}",
    r"(?:i|we)(?:'ll| will)? (?:start|begin|continue|go on|pick|take|proceed)[^.]*\b(?:as soon as|once|when|after"
    rf"|until) (?:\w+ ){{0,4}}{_X}",
    rf"{_X}(?: \(\))?\. (?:all|both|these|those|they)(?: \w+){{0,2}} {_MUST} (?:have )?{_BE}[^.]*"
    r"\b(?:then|first(?! time)|before (?:this|we|i|you))\b",
    rf"\bfirst,? (?:the |our )?(?:[\w'-]+ ){{1,5}}?{_MUST} {_BE} {_X},? (?:and )?(?:only )?then (?:this|we|i|it)\b",
    r"\bwhat (?:does |really |actually |still )*(?:block|hold)s?(?: (?:it|this|us|me))?(?: up| back)? "
    rf"(?:is|are) (?:\w+ ){{0,5}}?{_X}",
    r"^\W*(?:qa|testing|work|implementation|development|coding|rollout|review|this|it|we|i) (?:can |may )?"
    rf"(?:begins?|starts?) (?:only |right |directly )?(?:after|once|when) {_X}(?=\W|$)",
    r"\b(?:only|last|one|sole) (?:thing|piece|part|bit)s? (?:that )?(?:i|we|this) (?:still |now )?"
    rf"(?:needs?|waits? for|miss|lacks?)\b[^.]{{0,60}}?{_X}",
    rf"^\W*before (?:this|we|you|i|it|any\w+)\b[^:.§]{{0,40}}: [^.§]{{0,90}}{_X}",
    r"\b(?:do not|don't|not) (?:start|begin)(?: \w+)?(?: yet)?\W+(?:\w+ ){1,6}(?:with|in|by|through|because of|due to) "
    rf"{_X}",
    r"\b(?:must|has to|have to|needs? to|before|block\w*|wait\w*)\b[^.]*\bwhat's (?:still )?(?:left|open|missing)"
    rf"(?: \w+)? (?:is|are):? {_X}",
    # mine and theirs
    rf"{_X} {_MUST} (?:\w+ ){{1,3}}before (?:mine|ours|my |our )",
    rf"\b(?:mine|ours|my (?:pr|branch|part|change)|our (?:pr|branch|part|change)) (?:\w+ ){{1,4}}(?:after|behind"
    rf"|on top of) (?:\w+'s |the )?{_X}",
    rf"\b(?:branch|rebase|base|build|start|continue|go on|work)(?: \w+){{0,4}} (?:from|on|of|with"
    rf"|off) {_X},? (?:once|when|as soon as|after) (?:it|that|this|they)\b",
    rf"{_X}\W[^.]*\b(?:let|so|because|as|and|therefore) (?:that one|that|it|this one|the other(?: one)?|theirs|they"
    rf"|both) (?:\w+ ){{0,3}}(?:first|go ahead|before)(?! time)\b",
    rf"{_X} (?:is|are|stands?|sits?|stays?) (?:still )?in (?:our|the|my) way\b",
    rf"{_X} (?:needs? to|has to|have to|must|should) have (?:been )?(?:{STATES}|[a-z]+(?:ed|en))"
    r"(?=\W*$|[,;:.!)]| (?:first|before|by then|so|or)\b)",
    rf"^(?:in front|ahead) of (?:us|this|it|me)\b[^.:]{{0,30}}: (?:the )?{_X}",
    r"\b(?:linked|following) (?:task|ticket|issue|story) (?:must|has to|needs to|should) (?:\w+ ){1,3}(?:first"
    rf"|beforehand|before this)\W*{_X}",
    rf"\b(?:sits?|stacked|based|builds?|branched) (?:on|off|from) {_X} ?(?:'s|s)? (?:branch|pr|changes|commits)\b",
    rf"^wants? {_X} (?:{STATES})\b",
    rf"\bfrom the (?:day|moment|hour)(?: on)?(?: on)?(?: which| that| when)? {_X} [^.]*\bnot (?:earlier|before|sooner)",
    r"\b(?:must|has to|have to|needs? to) [^.]*\bbefore (?:i|we|this) [^.]*\. (?:that's|that is) (?:the job of|done in"
    rf"|part of|the work of|the point of|in|covered by|handled in|up to) {_X}",
    rf"\bwants? (?:\w+ ){{0,4}}{_X} (?:\w+ ){{1,4}}before (?:anyone|anybody|we|this|you|somebody|someone)\b",
    rf"(?:^|[.!] ){_X} first\b(?! time)[^.]*\b(?:then|before) (?:come back|back|this|here|you come back)\b",
    rf"{_X} {_UNDONE}[^.]*\. so:? (?:then )?(?:later|wait|not yet|not now|hold)\b",
    rf"^\W*{_X} missing\b.*\b(?:nothing to|later|wait)\b",
    rf"{_X}[^.]*\. (?:assign|ping|wake|poke|call|tell) me (?:when|once|as soon as|after) (?:that|it|that one)"
    r"(?:'s| is| has been)\b",
    # what it brings
    r"^(?:[^\w§]|so |this |it |we |here |still )*(?:needs?|requires?|waits? for|is waiting for"
    rf"|depends? on)(?: \w+){{1,6}} (?:from|of|in|by|that|which|via|with)?(?: comes (?:with|from|in)"
    rf"| is part of)? ?{_X}",
    rf"\b(?:only|last|one|sole)(?: \w+){{0,2}} (?:left|missing|open|remaining|lacking|to do)\b[^.]*(?::| is) {_X}",
)
_BROAD = (
    # ordered by time alone
    rf"\b(?:after|once|when|whenever|as soon as|until|till|upon|following|subsequent to|from the moment)"
    r"(?: (?:the|completion|completing|finishing|merge|merging|merger|release|releasing|end|go-live|launch|of|task"
    r"|ticket|tickets|both|all|we|they|he|she|have|has|is|are|with|done"
    rf"|through|finished|merged|\w+'s))* {_X}(?: ?\(\))?(?:,? (?:and |which )?(?:{_IS} )?(?:{STATES}|[a-z]+(?:ed"
    r"|en)|closes|opens|run|ran|gone|lands|merges|ships|goes \w+)(?: (?:on|in|to) \w+)?)*(?=[,.;:!)–—-]|$| (?:and"
    r"|so|only"
    r"|because|as|since|this|i|we|it|you|please|then|extend|add|start)\b)",
    rf"\b(?:lacks?|misses|missing(?: \w+){{0,3}}|what's missing(?: \w+){{0,3}} is):? {_X}",
    rf"{_X} (?:is|are) (?:still |clearly )?(?:missing|lacking|outstanding)",
    r"^\W*(?:hold|stopped|snoozed|sleeping|asleep|dormant|shelved|blocking (?:us|this|me)"
    r"|(?:only )?(?:thing )?in the way(?: is)?|successor (?:of|to)|parked|frozen|postponed|deferred|paused)\b\W*(?:by "
    rf"|until |till |for |on |behind |after |due to |because of |pending )?{_X}",
    rf"^\W*(?:until|till|pending) {_X}",
    rf"\bwith {_X}[^.]*\bnot (?:earlier|before|sooner|any earlier)",
    rf"{_X}\W.*\b(?:so|hence|therefore) (?:this one|this|it|mine|we) (?:\w+ ){{0,3}}(?:behind|after|second|later"
    r"|last|wait|waits|queue|queues)\b",
    rf"{_X}\W.*\blet (?:it|that|this|them|those) (?:land|merge|go in|finish|ship|through|be merged"
    r"|be done)\b.*\b(?:then|first|before)\b",
    rf"{_X}\W.*\b(?:so )?(?:that|it)(?:'s| is) (?:the one |what )?(?:to do|to go|to be done|we need|comes|goes"
    r"|to finish|to merge)\b[^.]*\bfirst",
    r"\b(?:wants?|would like|likes|needs?|has|asked) (?:us )?(?:to )?(?:have|see|get|finish|merge"
    rf"|ship) {_X} (?:\w+ ){{0,6}}before (?:anybody|anyone|we|this|you|i|work|starting)\b",
    r"\b(?:have to|has to|must|needs?|needed(?! by| for)|required(?! by| for)|missing|what's|things?|left|beforehand"
    rf"|first)\b[^.:]{{0,60}}: {_X}",
    rf"\b(?:has|have) to be (?:{STATES})(?: first)?: (?:\w[\w ]{{0,40}}, ){{1,3}}{_X}",
    rf"\b(?:second|2nd|next|third|last|other) (?:part|half|step|slice|stage) of {_X}.*\b(?:start|after|when|once"
    r"|wait|first)\b",
    rf"{_X} ?(?:→|-+>|=+>|➜|➔) ?(?:this|here|us|me)\b",
    rf"\bthis ?(?:←|<-+|<=+) ?{_X}",
    rf"\b(?:here|this|start\w*|begin\w*|startable)\b[^.:]*: (?:\\w+ ){{0,4}}?{_X} (?:{_UNDONE}|{_IS} )",
)
"""The broadest: what is said of a task so orders it before this work but for `TOLD_OF`."""
TOLD_OF = re.compile(
    r"^(?:please |so |but )*(?:use|keep|take|live with|stick to|show|hard-?code|mock|stub|disable|hide|skip|ignore"
    r"|put)\b[^.]*\b(?:until|till)\b|"
    r"\b(?:gets?|be|becomes?|makes?|made) (?:\w+ )?(?:faster|easier|simpler|slower|cheaper|obsolete)\b|"
    r"\b(?:was|were|had|did|broke|broken|began|noticed|reported|appeared|found|(?<!n't )(?<!not )happen(?:s|ed)|seen"
    r"|crash\w*"
    r"|fail(?:s|ed)|slow\w*|regress\w*"
    r"|introduced|came|comes out|got|grew|decided|bug|error|because of §|(?:tell|inform|announce|notify"
    r"|close)\b[^.]*§|retro|leftover|since|users?|customers?|page"
    r"|they (?:stay|remain)|(?:stays?|remains?|keeps?|kept) (?:[\w.]+ ){0,5}(?:until|till)|fine|either order|any order"
    r"|doesn't matter|does not matter|no matter|same as|as in"
    r"|can (?:go|be removed)|remove|may|this (?:first|goes first|comes first|one goes first|one first)|before §"
    r"|continue with|go on with|next)\b|\?"
)
_EXCEPTIONS = (
    rf"\b(?:no|nothing|none|nobody|not)(?: \w+){{0,4}},? (?:except|apart from|but|besides|other than|aside from"
    rf"|save)(?: for)?:? (?:by |on |for )?{_X}",
    rf"\ball(?: \w+){{0,3}},? (?:except|but|apart from|besides)(?: for)?:? {_X}[^.]*\b(?:need|wait|left|missing"
    r"|open|first|blocks?)",
    rf"\b(?:not|no longer|n't)(?: \w+){{0,4}} § [^.]*,? ?but (?:only |still |now )?(?:by|on|for) {_X}",
    rf"^(?:[^\w§]|it's |it is )*not § (?:but|,? it's) {_X} (?:{_MUST}|comes|is|goes|first)",
    rf"§ (?:isn't|is not|aren't) (?:needed|required|a blocker|necessary|in the way)\W+(?:but )?{_X} is\b",
)
"""Frames that name something else, which is denied, as well."""
_OTHER_LANGUAGES = (
    # German
    rf"\b(?:erst|nur|frühestens|fruhestens)(?: \w+){{0,3}} (?:nach|wenn|sobald|ab|mit) (?:dem |der |den |das )?{_X}",
    rf"{_X} (?:muss|müssen|mussen|soll|sollte|sollten)(?: noch| \w+)? ?(?:zuerst|vorher|erst|davor|zuvor|vorab)\b",
    rf"\b(?:setzt|setzen) {_X} voraus",
    r"\b(?:hangt|hängt|abhangig|wartet|warten|warte|wartend|aufbauend|baut)(?: (?!nicht|nie)\w+)? "
    r"(?:von|auf|an) (?:dem |der "
    rf"|den |das )?{_X}",
    rf"\b(?:nicht|kein\w*)(?: \w+){{0,4}} (?:bevor|vor|ehe|solange) (?:dem |der |den |das )?{_X}",
    rf"\bsolange {_X} (?:nicht|noch|offen)",
    rf"\b(?:vorher|zuerst|davor|zunachst|vorab)(?: :| noch| muss| mussen)? (?:dem |der |den |das )?{_X}",
    rf"\b(?:blockiert|gesperrt|aufgehalten) (?:durch|von|wegen|bis) {_X}",
    rf"{_X} (?:fehlt|ist noch|blockiert|kommt zuerst|geht vor|hat vorrang|ist (?:eine |die )?voraussetzung)",
    # French
    r"\b(?:apres|apres que|attendre|attend|attendons|attente de|des que|une fois|une fois que|lorsque"
    rf"|quand)(?: que| la| le| les| l'| d'abord| la fin de)* {_X}(?= (?:soit|est|sera|seulement|uniquement|aura"
    r"|a ete|termine)|\W*$)",
    r"\b(?:il faut|on doit|nous devons|d'abord|avant cela|avant ca|avant)(?: d'abord| que| terminer| finir"
    rf"| attendre| faire| fusionner| livrer|,|:)+ {_X}",
    rf"{_X} (?:doit|doivent) (?:\w+ ){{1,3}}(?:avant|d'abord|en premier)",
    rf"\b(?:pas|rien|ne)(?: \w+){{0,4}} (?:avant|tant que|sans) (?:que )?{_X}",
    rf"\b(?:bloque|bloquee|depend|dependant)s? (?:par|de|du|a cause de|sur) {_X}",
    # Spanish, Portuguese, Italian
    rf"\b(?:no|nada|nao|non)(?: \w+){{0,4}} (?:hasta que|hasta|antes de|antes que|sin|ate|ate que|finche"
    rf"|prima di)(?: que| el| la| o| a)* {_X}",
    rf"\b(?:solo|unicamente|apenas|soltanto|recien|so)(?: \w+){{0,2}} (?:cuando|despues de|tras|una vez|quando"
    rf"|depois de|dopo|apos|una volta)(?: que| el| la)* {_X}",
    r"\b(?:primero|antes|primeiro|prima|prima di tutto)(?: hay que| tenemos que| se debe| debe| deve| temos que"
    rf"| bisogna| terminar| acabar| hacer| finire|:|,)+ {_X}",
    rf"{_X} (?:tiene que|debe|deben|tem que|deve|devono|ha de) (?:\w+ ){{1,3}}(?:antes|primero|primeiro|prima)",
    r"\b(?:depende|dependente|dipende|bloqueado|bloqueada|bloccato|pendiente|esperar|esperando|espera|aguarda"
    rf"|aguardando|aspettare)(?: \w+)? (?:de|da|di|do|por|a|pelo|pela) {_X}",
    # Dutch, Polish, Swedish
    rf"\b(?:pas|eerst|alleen)(?: \w+){{0,2}} (?:na|nadat|als|wanneer|zodra) {_X}",
    rf"\b(?:wacht|wachten|hangt|afhankelijk|geblokkeerd)(?: \w+)? (?:op|van|af van|door) {_X}",
    rf"\b(?:dopiero po|po zakonczeniu|czeka na|zalezy od|vantar pa|beror pa|efter|forst efter) {_X}",
)

PLAIN = [re.compile(one) for one in (*_ENGLISH, *_MORE, *_OTHER_LANGUAGES)]
BROAD = [re.compile(one) for one in _BROAD]
EXCEPTIONS = [re.compile(one) for one in _EXCEPTIONS]
COUNTERS = re.compile(
    r"\b(?:asked (?:\w+ )?(?:whether|if)|(?:no|not|never|without)(?: \w+){0,2} (?:dep|dependency|dependencies"
    r"|blocker|prerequisite)s? |would|might|may|could|originally|cancell?ed|instead of (?:wait|block)\w*"
    r"|release notes|todo in|before or after|after or before|whatever|maybe|perhaps"
    r"|if possible|ideally|nicer|better after|used to|previously|formerly|no longer"
    r"|needn't|need not|no need to wait|(?:don't|doesn't|does not|do not|didn't) (?:have to |need to |need |depend"
    r"|require|block|wait)|not (?:an? )?(?:\w+ )?(?:(?:block|depend|prereq|precond|relat)\w*|required|needed|necessary)"
    r"|independent|in parallel|regardless|even if|whether or not|see also|similar|like|unlike|workaround|stop-?gap"
    r"|temporar\w+"
    r"|follow-?up|afterwards|later on|once this|after this|when this is|as soon as this|thanks to|since § (?:was|is"
    r"|has|went)|now that"
    r"|(?:was|were) (?:blocked|waiting|needed))\b"
    r"|(?:\bnot|n't)(?: \w+){0,3} any ?more\b"
    r"|§ (?:\w+ly )?(?:needs?|depends? on|waits? (?:for|on)|requires?|builds? on|comes? after|follows|uses?"
    r"|is blocked by|can only \w+ (?:once|after|when)) (?:this|it|us)\b"
)
FRAME_WORDS = words(
    """
    after before beforehand first so if 1st 2nd second mine ours ping tell call except apart but besides merged finished
    needs requires dependson depends_on says said only last left until upon following subsequent lacks missing hold
    block blocks holds stopped snoozed sleeping dormant shelved blocking
    way successor parked frozen postponed deferred paused pending let wants here this till once when while wait waits
    waiting hold yet not neither must has have needs
    need should behind second priority precedence long dep deps dependency dependencies blocked prereq prerequisite
    blocker following with
    ahead wants long way linked branch job from
    ready queue schedule sequence order timing prior starting works busy sits possible startable isn't aren't hasn't
    haven't wasn't don't can't won't cannot depends depend open pending missing
    erst nur fruhestens nach wenn sobald muss mussen soll sollte setzt setzen hangt wartet warten abhangig solange bevor
    vorher zuerst davor zunachst vorab blockiert gesperrt fehlt
    apres attendre attend attendons attente des fois lorsque quand faut doit doivent avant d'abord tant bloque bloquee
    hasta solo unicamente cuando despues tras primero antes tiene debe deben depende esperar esperando espera ate quando
    depois apos so tem deve dopo prima dipende soltanto bisogna
    pas eerst alleen wacht wachten afhankelijk geblokkeerd dopiero czeka zalezy vantar beror efter
    """
)
"""One of these stands in each sentence in which a frame finds something."""
