import { isJsonArray, isJsonObject, type JsonValue, pointerToken } from '../../base/json';
import { MODEL_RULE } from '../inspection/detectInstructions';
import { findInstructions } from '../inspection/findInstructions';
import { BY_FORM } from '../inspection/holdsSecret';
import { makeVisible } from '../inspection/invisible';
import { maskSecrets } from '../inspection/maskSecrets';
import { reviewFinding, type ReviewFinding, type ReviewFindingKind } from './reviewFinding';
import { type ReviewSubject } from './reviewSubject';

/** UTF-16 units of one text that nobody reads to the end: of 1022 real descriptions, 99.5 % are shorter. */
const TOO_LONG = 4_000;

/** Members that are paths of a schema, not words for a model. */
const MAX_DEPTH = 64;

/** Places where keys lie. A description of an honest tool has no need of them. */
const SECRET_PLACE =
	/(?:~|\$home|\/home\/\w+|\/root)\/\.(?:ssh|aws|gnupg|kube|docker|config\/gcloud|netrc|npmrc|pypirc)\b|\bid_(?:rsa|ed25519|ecdsa)\b|\/etc\/(?:shadow|sudoers)\b|\.(?:cursor|claude|vscode)\/mcp\.json|\bcredentials\.json\b/i;

/**
 * What the words of one tool, prompt, template or the instructions hold that a reviewer should know: hidden characters, text
 * shaped like an instruction, secrets, places of secrets, over-long text. One finding per kind, at its first place. The
 * value is attacker-controlled.
 */
export function textFindings(subject: ReviewSubject, value: JsonValue): readonly ReviewFinding[] {
	const found = new Map<ReviewFindingKind, string>();
	const note = (kind: ReviewFindingKind, pointer: string) => {
		if (!found.has(kind)) {
			found.set(kind, pointer);
		}
	};
	eachText(value, '', 0, (text, pointer) => {
		for (const kind of kindsIn(text)) {
			note(kind, pointer);
		}
	});
	// A description may well speak of passwords; what has the form of a key is one.
	const secret = maskSecrets(value).findings.find(({ rule }) => BY_FORM.test(rule));
	if (secret !== undefined) {
		note('holds-secret', secret.pointer);
	}
	if (found.has('instruction-shaped')) {
		found.delete('faint-instruction');
	}
	if (found.has('hidden-text')) {
		found.delete('unusual-characters');
	}
	return [...found].map(([kind, pointer]) => reviewFinding(kind, subject, pointer === '' ? undefined : pointer));
}

/** From which score on the model's word alone is grave: a short harmless sentence can be just above where it counts. */
const SURE = 0.65;

function kindsIn(text: string): readonly ReviewFindingKind[] {
	const hits = findInstructions(text);
	const kinds: ReviewFindingKind[] = hits.map(({ kind, severity, rule, score = 1 }) =>
		kind === 'hidden-text' && rule !== 'encoded-unread'
			? 'hidden-text'
			: severity === 'low' || (rule === MODEL_RULE && score < SURE)
				? 'faint-instruction'
				: 'instruction-shaped',
	);
	const plain = text.replaceAll(SEEN, '');
	return [
		...kinds,
		...(makeVisible(plain) !== plain || UNASSIGNED.test(plain) ? (['unusual-characters'] as const) : []),
		...(SECRET_PLACE.test(text) ? (['names-secret-place'] as const) : []),
		...(text.length > TOO_LONG ? (['too-long'] as const) : []),
	];
}

/** Line ends of every system, and what makes an emoji. */
const SEEN = /\r\n?|(?:\p{Extended_Pictographic}[\ufe0e\ufe0f]?\u200d?)+|[0-9#*]\ufe0f?\u20e3/gu;

/** Code points without a meaning that everybody knows: private use and none. */
const UNASSIGNED = /[\p{Co}\p{Cn}]/u;

/** Every text that a model reads: string leaves and the keys of objects. */
function eachText(
	value: JsonValue | undefined,
	pointer: string,
	depth: number,
	visit: (text: string, pointer: string) => void,
): void {
	if (typeof value === 'string') {
		visit(value, pointer);
	} else if (depth > MAX_DEPTH) {
		return;
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			eachText(item, `${pointer}/${String(index)}`, depth + 1, visit);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			visit(key, pointer);
			eachText(item, `${pointer}/${pointerToken(key)}`, depth + 1, visit);
		}
	}
}
