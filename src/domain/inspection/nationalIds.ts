import isIdentityCard from 'validator/lib/isIdentityCard';
import isTaxID from 'validator/lib/isTaxID';

interface NationalId {
	/** All its occurrences. */
	readonly form: RegExp;
	readonly holds: (text: string) => boolean;
	/** Digits alone say nothing: one of these words has to stand near, or in the name of the member. */
	readonly near?: RegExp;
}

const NOT_BEFORE = '(?<![\\w.+:/=#-])';
const NOT_BEHIND = '(?![\\w]|[.-]\\d)';

function form(body: string): RegExp {
	return new RegExp(NOT_BEFORE + body + NOT_BEHIND, 'g');
}

/** By form, checksum, and for bare digits a word that names them. Sources: the rules of `validator`; SSA POMS RM 10201.035. */
const NATIONAL_IDS: readonly NationalId[] = [
	// United States: no checksum, so the areas and groups that were never given out, and a word near it.
	{
		form: form('(?!000|666|9)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}'),
		holds: text => text !== '123-45-6789' && text !== '078-05-1120',
	},
	// Spain (DNI, NIE), Italy (codice fiscale), Finland, Poland, Sweden, China, Brazil, Germany, the Netherlands, India, France.
	{
		form: form('(?:\\d{8}|[XYZ]\\d{7})-?[A-HJ-NP-TV-Z]'),
		holds: text => isIdentityCard(text.replace('-', ''), 'ES'),
	},
	{
		form: form('[A-Z]{6}\\d{2}[A-EHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]'),
		holds: text => isTaxID(text, 'it-IT'),
	},
	{ form: form('\\d{6}[-+A]\\d{3}[0-9A-Y]'), holds: text => isIdentityCard(text, 'FI') },
	{ form: form('\\d{11}'), holds: text => isIdentityCard(text, 'PL'), near: /pesel/i },
	{
		form: form('(?:19|20)?\\d{6}[-+]\\d{4}'),
		holds: text => isTaxID(text, 'sv-SE'),
		near: /person(?:al)?[ _-]?(?:nummer|number|id)|swedish id/i,
	},
	{ form: form('\\d{17}[\\dX]'), holds: text => isIdentityCard(text, 'zh-CN') },
	{ form: form('\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}'), holds: text => isTaxID(text.replaceAll(/\D/g, ''), 'pt-BR') },
	{
		form: form('\\d{2} ?\\d{3} ?\\d{3} ?\\d{3}'),
		holds: text => isTaxID(text.replaceAll(' ', ''), 'de-DE'),
		near: /steuer|tax[ _-]?id|\bidnr\b/i,
	},
	{
		form: form('\\d{9}'),
		holds: text => isTaxID(text, 'nl-NL'),
		near: /\bbsn\b|burgerservice|sofi/i,
	},
	{
		form: form('\\d{4} ?\\d{4} ?\\d{4}'),
		holds: text => isIdentityCard(text.replaceAll(' ', ''), 'IN'),
		near: /aadhaar|aadhar/i,
	},
	{
		form: form('[12] ?\\d{2} ?(?:0[1-9]|1[0-2]) ?\\d{2} ?\\d{3} ?\\d{3} ?\\d{2}'),
		holds: isFrench,
		near: /s[ée]cu|\bnir\b|insee|social/i,
	},
];

/** How far a word may be. */
const NEAR = 60;

/** National ids in an attacker-controlled text that stands under a member of this name. Linear. */
export function nationalIds(text: string, name: string): readonly { readonly start: number; readonly end: number }[] {
	if (!/\d/.test(text)) {
		return [];
	}
	return NATIONAL_IDS.flatMap(({ form: pattern, holds, near }) =>
		[...text.matchAll(pattern)].flatMap(({ 0: match, index }) => {
			const around = () => `${name} ${text.slice(Math.max(0, index - NEAR), index + match.length + NEAR)}`;
			return holds(match) && (near === undefined || near.test(around()))
				? [{ start: index, end: index + match.length }]
				: [];
		}),
	);
}

/** The key of the French number is what is missing to a multiple of 97. */
function isFrench(text: string): boolean {
	const digits = text.replaceAll(' ', '');
	return 97n - (BigInt(digits.slice(0, 13)) % 97n) === BigInt(digits.slice(13));
}
