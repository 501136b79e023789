import { findPhoneNumbersInText } from 'libphonenumber-js/min';
import isCreditCard from 'validator/lib/isCreditCard';
import isIBAN from 'validator/lib/isIBAN';
import { type PersonalData } from '../policy/inspectionPolicy';
import { nationalIds } from './nationalIds';

/** Personal data in a text: UTF-16 offsets, end exclusive. */
export interface PersonalSpan {
	readonly kind: PersonalData;
	readonly start: number;
	readonly end: number;
}

type Span = Omit<PersonalSpan, 'kind'>;

/** Characters of one text that are looked at. */
const LOOK = 1_048_576;
/** Digits with separators that may be phone numbers are looked at one by one, so many of them. */
const MAX_NUMBERS = 200;

const EMAIL =
	/(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,18}(?![A-Za-z0-9-])/g;
/** Accounts of machines, and domains that RFC 2606 §3 and RFC 6761 §6 keep for examples. */
const NOBODY =
	/^(?:git|hg|svn|noreply|no-reply|donotreply)@|@(?:[^@]*\.)?(?:example|test|invalid|localhost)(?:\.[a-z]+)?$|noreply/i;
/** Names of files with an `@` in them: `icon@2x.png`. */
const FILE_ENDING = /\.(?:png|jpe?g|gif|svg|webp|avif|ico|js|ts|css|json|md|ya?ml|toml|lock|html?)$/i;
const CARD = /(?<![\w.+:/=-])\d(?:[ -]?\d){12,18}(?![\w.]?\d|\w)/g;
const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;
/** With a country code, or parted as people write them; bare digits are ids, times and sizes. */
const PHONE =
	/(?<![\w.+:/=#-])(?:\+|00)[1-9](?:[ ().-]{0,2}\d){7,14}(?![\w]|[.-]\d)|(?<![\w.+:/=#-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w]|[.-]\d)/g;
/** What the number of an id or an order looks like in front. */
const NAMES_ID =
	/(?:id|number|no|nr|sha|hash|key|time|timestamp|ts|order|ticket|issue|build)["']?\s{0,2}[:=#]\s{0,2}["']?$/i;

const FINDERS: Readonly<Record<PersonalData, (text: string, name: string) => readonly Span[]>> = {
	email: text =>
		text.includes('@') ? spans(text, EMAIL, mail => !NOBODY.test(mail) && !FILE_ENDING.test(mail)) : [],
	phone: text => spans(text, PHONE, isPhone),
	card: text => spans(text, CARD, (digits, before) => isCard(digits) && !NAMES_ID.test(before)),
	iban: text => spans(text, IBAN, each => isIBAN(each.replaceAll(' ', ''))),
	'national-id': nationalIds,
};

/**
 * Personal data of these kinds in an attacker-controlled text: by form, with the checksum that the kind has (Luhn with the
 * issuer's prefix, ISO 13616, those of the countries). `name` is the member that the text stands under. In order of kinds.
 */
export function findPersonalData(text: string, kinds: Iterable<PersonalData>, name = ''): readonly PersonalSpan[] {
	const looked = text.slice(0, LOOK);
	return [...kinds].flatMap(kind => FINDERS[kind](looked, name).map(span => ({ kind, ...span })));
}

function spans(text: string, form: RegExp, holds: (match: string, before: string) => boolean): readonly Span[] {
	const found: Span[] = [];
	let looked = 0;
	for (const { 0: match, index } of text.matchAll(form)) {
		if (looked++ > MAX_NUMBERS && form === PHONE) {
			break;
		}
		if (holds(match, text.slice(Math.max(0, index - 40), index))) {
			found.push({ start: index, end: index + match.length });
		}
	}
	return found;
}

function isCard(text: string): boolean {
	const digits = text.replaceAll(/\D/g, '');
	return isCreditCard(digits) && new Set(digits).size > 2;
}

function isPhone(text: string, before: string): boolean {
	const plain = text.startsWith('00') ? `+${text.slice(2)}` : text;
	return (
		!NAMES_ID.test(before) &&
		findPhoneNumbersInText(plain, { defaultCountry: 'US' }).some(({ number }) => number.isValid())
	);
}
