import { isJsonObject, type JsonObject } from '../../base/json';
import { nameTokens } from '../policy/nameTokens';
import { untrueHints } from './annotations';
import { reviewFinding, type ReviewFinding } from './reviewFinding';
import { type ReviewSubject } from './reviewSubject';
import { type ToolDescriptor } from './toolDescriptor';

/** Parameters of these words, all of a group's in one name, ask for what surrounds the call and not for what it needs. */
const HARVESTING_NAMES: readonly (readonly string[])[] = [
	['sidenote'],
	['side', 'note'],
	['chat', 'history'],
	['conversation', 'history'],
	['conversation', 'context'],
	['full', 'context'],
	['full', 'conversation'],
	['previous', 'messages'],
	['message', 'history'],
	['system', 'prompt'],
	['system', 'message'],
	['prompt', 'history'],
	['chain', 'of', 'thought'],
	['tool', 'list'],
	['available', 'tools'],
	['tool', 'call', 'history'],
	['tools', 'call', 'history'],
	['ssh', 'key'],
	['private', 'key'],
	['env', 'dump'],
	['environment', 'dump'],
];

/** What a description asks to be put into a parameter. Bounded gaps: time is linear in the length. */
const HARVESTING_TEXT =
	/\b(?:(?:entire|full|whole|complete|current|previous|prior|all)\s+(?:\w+\s+){0,2}(?:conversation|chat|dialogue)s?\b(?!\s+(?:id|name|type|title|number)s?\b)|messages\s+(?:so\s+far|(?:of|in|from)\s+(?:this|the|our|your)\s+(?:conversation|chat))|(?:chat|conversation)\s+history|system\s+prompt|(?:your|the\s+model.?s)\s+(?:own\s+)?(?:instructions|reasoning|thoughts|chain\s+of\s+thought)|contents?\s+of\s+[^.]{0,40}(?:~\/|\.ssh|\.env\b|id_rsa|mcp\.json)|(?:user|developer).?s\s+(?:password|credentials|private\s+key|api\s+key|secrets?))/i;

/** Schemas nested deeper are not searched; the finding on schemas that take anything speaks of them. */
const MAX_DEPTH = 8;

/**
 * What the parameters and hints of a tool say that a reviewer should know: parameters that gather context (gateway.md §4
 * "context leakage"), undeclared arguments, hints that do not fit the capability. The tool is attacker-controlled.
 */
export function parameterFindings(tool: ToolDescriptor, capability: string): readonly ReviewFinding[] {
	const subject: ReviewSubject = { kind: 'tool', name: tool.name };
	return [
		...parametersOf(tool.inputSchema, '', 0)
			.filter(({ name, text }) => harvests(name, text))
			.map(({ where }) => reviewFinding('harvests-context', subject, where))
			.slice(0, 5),
		...(takesAnything(tool.inputSchema) ? [reviewFinding('takes-anything', subject)] : []),
		...untrueHints(capability, tool.annotations).map(hint => reviewFinding('hint-contradicts', subject, hint)),
	];
}

interface Parameter {
	readonly name: string;
	/** Title and description. */
	readonly text: string;
	readonly where: string;
}

function parametersOf(schema: JsonObject | undefined, at: string, depth: number): readonly Parameter[] {
	const { properties, items } = schema ?? {};
	if (depth > MAX_DEPTH) {
		return [];
	}
	const own = Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([name, shape]) => {
		const where = at === '' ? name : `${at}.${name}`;
		const members = isJsonObject(shape) ? shape : {};
		const text = [members.title, members.description].filter(part => typeof part === 'string').join('. ');
		return [{ name, text, where }, ...parametersOf(members, where, depth + 1)];
	});
	return [...own, ...(isJsonObject(items) ? parametersOf(items, `${at}[]`, depth + 1) : [])];
}

function harvests(name: string, text: string): boolean {
	const tokens = nameTokens(name);
	return (
		HARVESTING_NAMES.some(words => words.every(word => tokens.includes(word))) ||
		HARVESTING_TEXT.test(text.slice(0, 20_000))
	);
}

/** No schema, one that says nothing, or one that lets in what it does not declare in so many words. */
function takesAnything(schema: JsonObject | undefined): boolean {
	const { properties, additionalProperties, patternProperties, type } = schema ?? {};
	return (
		additionalProperties === true ||
		(isJsonObject(additionalProperties) && Object.keys(additionalProperties).length === 0) ||
		patternProperties !== undefined ||
		(properties === undefined && additionalProperties === undefined && type !== 'object')
	);
}
