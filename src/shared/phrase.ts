/** What the pages say their texts with. Not in `auditView`: the pages without a trail would carry what the domain says of one. */
export { fillIn } from '../base/fillIn';
export { type Phrase, sayWith } from '../base/phrase';
