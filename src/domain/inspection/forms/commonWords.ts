/**
 * Words that orders to an agent are made of. What leetspeak, single letters and joined words say counts only where it comes
 * to words of this list, so that product names and identifiers stay what they are.
 */
const WORDS =
	'about above access account act action add address admin after again agent all also always and answer any api append ' +
	'are asked assistant attach attacker attention authorized away bash before begin below bypass call can chat command ' +
	'commands complete config content contents conversation copy create credential credentials curl data delete developer ' +
	'directive directives disclose disregard document does don done email emails enable end every everything execute ' +
	'exfiltrate export file files first follow following for forget forward from function get give given go grant hand ' +
	'has have hello hidden history human ignore ignoring immediately important include inform information insert install ' +
	'instead instruction instructions into invoke jailbreak json just keep key keys last leak list load mail me mention ' +
	'message messages mode model must my never new next not nothing notify now off only open or order orders original out ' +
	'output override overrides owner password passwords paste path perform please post previous print prior private ' +
	'proceed project prompt prompts provide read receive remember remove repeat replace reply report repository request ' +
	'reset respond response result return reveal role root rule rules run safety say script secret secrets security send ' +
	'server session shell should show silently skip start steal stop submit summary switch system task tasks tell than ' +
	'that the their them then these this to token tokens tool tools training transfer transmit unless update upload urgent ' +
	'use user users using value wallet want was webhook when whenever which while will with without write you your';

/** In lower case. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(WORDS.split(' '));

const LONGEST = 13;
/** Letters that come between the words: a typo, a name. A stretch with more of them is not made of these words. */
const FOREIGN_SHARE = 0.4;

/**
 * The words of a text without blanks (`ignoreallprevious`), with blanks; undefined where it is not made of common words.
 * Linear in the length.
 */
export function separateWords(joined: string): string | undefined {
	const letters = Array.from(joined);
	/** By the end of a beginning: the fewest letters outside of words, then the fewest words; and where its last word begins. */
	const cost = [0];
	const begins = [0];
	for (let end = 1; end <= letters.length; end++) {
		cost[end] = (cost[end - 1] ?? 0) + 1_000;
		begins[end] = -1;
		let word = '';
		for (let start = end - 1; start >= Math.max(0, end - LONGEST); start--) {
			word = `${letters[start] ?? ''}${word}`;
			const price = (cost[start] ?? 0) + 1;
			if (word.length > 1 && price < (cost[end] ?? 0) && COMMON_WORDS.has(word)) {
				cost[end] = price;
				begins[end] = start;
			}
		}
	}
	if ((cost[letters.length] ?? 0) > letters.length * FOREIGN_SHARE * 1_000) {
		return undefined;
	}
	const words: string[] = [];
	for (let end = letters.length; end > 0;) {
		const start = begins[end] ?? -1;
		let from = start;
		if (start < 0) {
			for (from = end - 1; from > 0 && (begins[from] ?? -1) < 0;) {
				from--;
			}
		}
		words.push(letters.slice(from, end).join(''));
		end = from;
	}
	return words.reverse().join(' ');
}
