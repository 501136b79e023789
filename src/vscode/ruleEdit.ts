import { parsePolicy } from '../domain/policy/parsePolicy';
import { type Effect } from '../domain/policy/policy';
import { ruleLines, type WrittenRule } from '../domain/policy/ruleFromEntry';
import {
	asEdit,
	atTheEnd,
	columnOf,
	edited,
	indented,
	intoList,
	membersOf,
	pairOf,
	rootOf,
	type TextEdit,
} from './yamlListEdit';

/**
 * The edit that adds a rule, last of its section, to a policy, and changes nothing else of it: comments, order and layout stay.
 * Undefined where the text is no plain policy, or would not be one afterwards, so that a person has to write it.
 */
export function addRule(text: string, effect: Effect, rule: WrittenRule, file: string): TextEdit | undefined {
	const root = rootOf(text);
	if (root === undefined) {
		return undefined;
	}
	const lines = ruleLines(rule);
	const section = root === null ? undefined : pairOf(root, effect);
	const place =
		section === undefined
			? atTheEnd(text, root, indent => [`${indent}${effect}:`, ...indented(lines, `${indent}  `)])
			: intoList(text, section, lines, columnOf(text, section));
	if (place === undefined) {
		return undefined;
	}
	const members = membersOf(root);
	const list = (members[effect] ?? []) as readonly unknown[];
	const edit = asEdit(text, place, { ...members, [effect]: [...list, rule] });
	return edit !== undefined && parsePolicy(edited(text, edit), file).policy !== undefined ? edit : undefined;
}
