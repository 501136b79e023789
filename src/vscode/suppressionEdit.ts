import { isMap, stringify, type YAMLMap } from 'yaml';
import {
	asEdit,
	atTheEnd,
	columnOf,
	endOfLine,
	indented,
	intoEmpty,
	intoList,
	lastOf,
	membersOf,
	pairOf,
	type Place,
	rootOf,
	type TextEdit,
} from './yamlListEdit';

/** An entry of `inspection.suppress` as it is written. */
export interface WrittenSuppression {
	readonly server: string;
	readonly rule: string;
	/** RFC 3339, UTC. */
	readonly until: string;
	readonly reason: string;
}

/**
 * The edit that adds suppressions to a policy, all or none, and changes nothing else of it: comments, order and layout stay. Undefined
 * where there is none to add, and where the text is no plain policy (broken, or these sections on one line), so that a person
 * has to write it.
 */
export function addSuppressions(text: string, added: readonly WrittenSuppression[]): TextEdit | undefined {
	const root = rootOf(text);
	if (root === undefined || added.length === 0) {
		return undefined;
	}
	const place = placeFor(text, root, stringify(added, { lineWidth: 0 }).trimEnd().split('\n'));
	if (place === undefined) {
		return undefined;
	}
	const { inspection, ...others } = membersOf(root);
	const old = (inspection ?? {}) as Readonly<Record<string, unknown>>;
	const list = (old['suppress'] ?? []) as readonly unknown[];
	return asEdit(text, place, { ...others, inspection: { ...old, suppress: [...list, ...added] } });
}

function placeFor(text: string, root: YAMLMap | null, item: readonly string[]): Place | undefined {
	const inspection = root === null ? undefined : pairOf(root, 'inspection');
	if (inspection === undefined) {
		return atTheEnd(text, root, indent => [
			`${indent}inspection:`,
			`${indent}  suppress:`,
			...indented(item, `${indent}    `),
		]);
	}
	const outer = columnOf(text, inspection);
	const section = (indent: string) => [`${indent}suppress:`, ...indented(item, `${indent}  `)];
	if (!isMap(inspection.value) || inspection.value.items.length === 0) {
		return intoEmpty(text, inspection, section(`${outer}  `));
	}
	const [firstOfSection] = inspection.value.items;
	if (inspection.value.flow === true || firstOfSection === undefined) {
		return undefined;
	}
	const inner = columnOf(text, firstOfSection);
	const suppress = pairOf(inspection.value, 'suppress');
	return suppress === undefined
		? { offset: endOfLine(text, lastOf(inspection.value)), length: 0, lines: section(inner) }
		: intoList(text, suppress, item, inner);
}
