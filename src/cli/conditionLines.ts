import { isMap, isScalar, isSeq, LineCounter, type Node, type YAMLMap } from 'yaml';
import { parseYaml } from '../domain/policy/boundedYaml';

/** The line of a rule's key in a policy text, or of the argument's pointer below `args`; undefined where there is none. */
export type ConditionLine = (ruleLine: number, key: string, pointer?: string) => number | undefined;

/** Where the conditions of the rules stand in a policy text. Never throws. */
export function conditionLines(text: string): ConditionLine {
	const counter = new LineCounter();
	const outcome = parseYaml(text, counter);
	const rules = new Map<number, YAMLMap>();
	const lineOf = (node: unknown) => {
		const start = (node as Node | null | undefined)?.range?.[0];
		return start === undefined ? undefined : counter.linePos(start).line;
	};
	const root = outcome.kind === 'document' ? outcome.document.contents : null;
	for (const { value } of isMap(root) ? root.items : []) {
		for (const item of isSeq(value) ? value.items : []) {
			const line = lineOf(item);
			if (isMap(item) && line !== undefined) {
				rules.set(line, item);
			}
		}
	}
	const pairOf = (map: unknown, key: string) =>
		isMap(map) ? map.items.find(pair => isScalar(pair.key) && String(pair.key.value) === key) : undefined;
	return (ruleLine, key, pointer) => {
		const pair = pairOf(rules.get(ruleLine), key);
		const inner = pointer === undefined ? undefined : pairOf(pair?.value, pointer);
		return lineOf(inner?.key ?? pair?.key);
	};
}
