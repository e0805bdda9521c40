// SPDX-License-Identifier: Apache-2.0

/** Spellings that SPDX's matching guidelines hold for equal ("Varietal Word Spelling"), each with the one that stands for both. */
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  [
    ...['acknowledgment acknowledgement', 'analog analogue', 'analyze analyse', 'artifact artefact'],
    ...['authorization authorisation', 'authorized authorised', 'canceled cancelled', 'catalog catalogue'],
    ...['categorize categorise', 'center centre', 'emphasized emphasised', 'favor favour'],
    ...['favorite favourite', 'fulfill fulfil', 'fulfillment fulfilment', 'https http'],
    ...['initialize initialise', 'judgment judgement', 'labeling labelling', 'labor labour'],
    ...['license licence', 'maximize maximise', 'modeled modelled', 'modeling modelling'],
    ...['offense offence', 'optimize optimise', 'organization organisation', 'organize organise'],
    ...['practice practise', 'program programme', 'realize realise', 'recognize recognise'],
    ...['signaling signalling', 'sublicense sublicence', 'utilization utilisation', 'while whilst'],
  ].map((pair): [string, string] => {
    const [kept = '', other = ''] = pair.split(' ')
    return [other, kept]
  }),
)

/** What comments and markup put before the lines of a text. */
const COMMENT = /^[\s/*#;%|>+=!"'`~_-]+/
/** What numbers a list: `1.`, `2.1.`, `(a)`, `iv)`. */
const LIST_MARK = /^\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-z]|[ivx]{1,4})[.)]\s+/i
/** A notice of copyright is whoever's it is ("Copyright Notice"). */
const NOTICE = /^(?:portions\s+)?(?:copyright\s+(?:\(c\)|©|<|\d)|\(c\)|©|all rights reserved\.?$)/i
const TAGS = /<[/!]?[a-z][^<>]{0,200}>/gi
const ASCII_WORD = /[a-z0-9]+/g
const ANY_WORD = /[\p{L}\p{N}]+/gu

/**
 * The words of a license text as SPDX's matching guidelines compare them (SPDX 2.3, annex B): without case, punctuation, white space, comment marks, list marks, markup and
 * copyright notices, and with one spelling of each word.
 */
export function licenseWords(text: string): string[] {
  const words: string[] = []
  for (const line of text.replace(TAGS, ' ').split('\n')) {
    const bare = line.replace(COMMENT, '').replace(LIST_MARK, '')
    if (bare === '' || NOTICE.test(bare)) continue
    const low = bare.toLowerCase()
    for (const word of low.match(/[^\x00-\x7f]/.test(low) ? ANY_WORD : ASCII_WORD) ?? [])
      words.push(SPELLINGS.get(word) ?? word)
  }
  return words
}
