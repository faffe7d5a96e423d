export interface Sign {
  /** Printed in front of the line. */
  readonly name: string
  readonly pattern: RegExp
}

/** Not in a question, after a verb of saying or knowing, or in an idiom. */
const whatIs =
  /(?<!\b(about|describes?|exactly|explains?|knows?|says?|sees?|shows?) )\bwhat (is|are|was|were)\b(?! (expected|going|happening|intended|left|missing|needed|new|wrong)\b)(?![^.!?:;|\0]*\?)/gi

/**
 * Phrases that read like a translation. Add one only if nearly every sentence that uses it has a plainer form; exceptions go to
 * allowed.txt. A space also matches a line break.
 */
export const signs: readonly Sign[] = [
  { name: 'whoever', pattern: /\bwho(m|so)?ever\b/gi },
  { name: 'nobody', pattern: /\b(nobody|somebody|anybody|everybody)\b/gi },
  { name: 'is none', pattern: /(?<!\bthere (\w+ )?)\b(is|are|was|were|be) none\b/gi },
  {
    name: 'is no',
    pattern: /(?<!\bthere (\w+ )?)\b(is|are|was|were|be) no\b(?! (longer|more|fewer|less|different)\b)/gi,
  },
  { name: 'so long', pattern: /\bso (long|often|many)\b(?! as\b| that\b)/gi },
  { name: 'what is', pattern: whatIs },
  { name: 'told', pattern: /\btold\b(?! apart\b)/gi },
  { name: 'cure', pattern: /\bcur(e|es|ed|ing)\b/gi },
  { name: 'mend', pattern: /\bmend(s|ed|ing)?\b/gi },
  { name: 'stands', pattern: /(?<!-)\b(stands?|stood)\b(?! for\b| in for\b|-)/gi },
  { name: 'shall', pattern: /\bshall\b/gi },
  { name: 'must be a text', pattern: /\b(must|should|may|can) be (a text|texts)\b/gi },
  { name: 'has it', pattern: /\b(as \S+( \S+)?|log( of \S+( \S+)?)?) has it\b/gi },
  { name: 'however rarely', pattern: /\bhowever (few|little|much|rarely)\b/gi },
  { name: 'is to be', pattern: /\b(is|are|was|were|row|rows) to be\b/gi },
  { name: 'be had', pattern: /\bbe had\b/gi },
  { name: 'hears of', pattern: /\bhears? of\b/gi },
  { name: 'anew', pattern: /\banew\b/gi },
  { name: 'in vain', pattern: /\b(in vain|if need be)\b/gi },
  { name: 'as it ended', pattern: /\bas it ended\b|\bthan there is\b/gi },
]
