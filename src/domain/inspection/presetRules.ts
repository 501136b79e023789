import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { type SecretRule } from './secretRules';

/** Where a preset rule is worth to be tried, by its id: literals as they stand in what it finds. */
const TRIED: Readonly<Record<string, readonly string[]>> = {
	npm: ['_authToken', 'npm_', 'x-oauth-basic'],
	sendgrid: ['SG.'],
	shopify: ['shppa_', 'shpca_', 'shpat_', 'shpss_'],
	linear: ['lin_api_'],
	'1password': ['ops_'],
};
const NAMESPACE = '@secretlint/secretlint-rule-';
/** How far around a literal is looked, and at how many: its expressions are bounded, but some take long for each place. */
const BEFORE = 64;
const BEHIND = 2_048;
const MAX_PLACES = 64;

/**
 * Rules of secretlint's recommended preset, run by themselves: without its filter for comments, by which a text could say
 * that nobody is to look at it. Left out: those for files (GCP), and those whose finds our own rules find too (private keys, URLs
 * with passwords, AWS, GitHub, Slack, OpenAI, Anthropic).
 */
export const PRESET_RULES: readonly SecretRule[] = rules.flatMap(creator => {
	const name = creator.meta.id.slice(NAMESPACE.length);
	const literals = TRIED[name];
	const find = literals && finderOf(creator, literals);
	return find === undefined
		? []
		: [
				{
					id: `secretlint-${name}`,
					hints: literals?.map(each => each.toLowerCase()) ?? [],
					find,
					advice: 'The text contains a key or token of a service.',
				},
			];
});

type Creator = (typeof rules)[number];

function finderOf(creator: Creator, literals: readonly string[]): SecretRule['find'] {
	let found: { start: number; end: number }[] = [];
	const context = {
		createTranslator: () => () => ({ message: '', messageId: '' }),
		report: ({ range: [start, end] }: { readonly range: readonly [number, number] }) => {
			found.push({ start, end });
		},
		ignore: () => undefined,
		sharedOptions: {},
	};
	// INVARIANT: of these rules none waits for anything; what they say they say before they return.
	const { file } = (creator.create as unknown as (context: object, options: object) => Look)(context, {});
	return text => {
		const places: { readonly start: number; readonly end: number }[] = [];
		for (const window of windowsOf(text, literals)) {
			found = [];
			const content = text.slice(window.start, window.end);
			void file?.({ content, filePath: undefined, ext: '', contentType: 'text' });
			places.push(
				...found.map(({ start, end }) => ({
					start: window.start + start,
					// Some of them report a place that is cut short.
					end: window.start + endOfToken(content, end),
				})),
			);
		}
		return places;
	};
}

interface Look {
	readonly file?: (source: object) => unknown;
}

function windowsOf(text: string, literals: readonly string[]): readonly { start: number; end: number }[] {
	const windows: { start: number; end: number }[] = [];
	for (const literal of literals) {
		for (let at = text.indexOf(literal), count = 0; at >= 0 && count < MAX_PLACES; count++) {
			const end = Math.min(text.length, at + BEHIND);
			windows.push({ start: Math.max(0, at - BEFORE), end });
			at = text.indexOf(literal, end);
		}
	}
	return windows;
}

function endOfToken(text: string, from: number): number {
	const rest = text.slice(from).search(/[\s"'`<>\\,;)\]}]/);
	return rest < 0 ? text.length : from + rest;
}
