import { isMap, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { parseYaml } from './boundedYaml';
import { SECTIONS } from './parsePolicy';
import { type Effect } from './policy';
import { MAX_TYPED_TEXT } from './policyPlace';

/** Where a rule stands in a text, also while the text does not parse. */
export interface RulePlace {
	/** As `parsePolicy` would name it: the author's `id`, else `effect[index]`. */
	readonly id: string;
	readonly effect: Effect;
	/** Counts from 1. */
	readonly line: number;
}

/** The rules of attacker-controlled, perhaps incomplete text; none where it is too long or beyond repair. Never throws. */
export function rulesIn(text: string): readonly RulePlace[] {
	if (text.length > MAX_TYPED_TEXT) {
		return [];
	}
	try {
		const lines = new LineCounter();
		const outcome = parseYaml(text, lines);
		const root = outcome.kind === 'document' ? outcome.document.contents : null;
		return isMap(root) ? SECTIONS.flatMap(effect => rulesOf(root.get(effect, true), effect, lines)) : [];
	} catch {
		return [];
	}
}

function rulesOf(section: unknown, effect: Effect, lines: LineCounter): readonly RulePlace[] {
	if (!isSeq(section)) {
		return [];
	}
	return section.items.flatMap((item, index) => {
		const node = item as Node | null;
		const start = node?.range?.[0];
		if (start === undefined || (isScalar(node) && typeof node.value !== 'string')) {
			return [];
		}
		const id = isMap(node) ? node.get('id') : undefined;
		const line = lines.linePos(start).line;
		return [{ id: typeof id === 'string' && id !== '' ? id : `${effect}[${String(index)}]`, effect, line }];
	});
}
