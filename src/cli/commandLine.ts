import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestKey } from '../domain/policy/nearestKey';

/** A command line that cannot be understood; the message says what is wrong with it and repeats no value. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** What stands behind a command's name. */
export interface CommandLine<Operands extends readonly string[], Declared extends Options> {
	/** One text for each operand that was asked for. */
	readonly operands: { readonly [At in keyof Operands]: string };
	readonly values: ReturnType<
		typeof parseArgs<{ args: string[]; allowPositionals: true; options: Declared }>
	>['values'];
}

/**
 * Reads options, and exactly the operands that are named, such as `FILE`: one too many would be a file that nobody looks
 * at. Throws a {@link UsageError}.
 */
export function readCommandLine<const Operands extends readonly string[], const Declared extends Options>(
	args: readonly string[],
	operands: Operands,
	options: Declared,
): CommandLine<Operands, Declared> {
	refuseUnknown(args, options);
	const { values, positionals } = parsed(args, options);
	const lacking = operands[positionals.length];
	if (lacking !== undefined) {
		throw new UsageError(`${lacking} is missing`);
	}
	if (positionals.length > operands.length) {
		const [only] = operands;
		throw new UsageError(
			operands.length === 1
				? `takes one ${String(only)} at a time, not ${String(positionals.length)}; run it once for each`
				: `takes ${operands.join(' and ') || 'nothing'} besides its options, and nothing more`,
		);
	}
	return { values, operands: positionals as unknown as { readonly [At in keyof Operands]: string } };
}

/** The value of an option that has to be there. Throws a {@link UsageError}. */
export function needed<Value>(value: Value | undefined, option: string): Value {
	if (value === undefined) {
		throw new UsageError(`${option} is missing`);
	}
	return value;
}

/** The whole number that an option gives; undefined without the option. Throws a {@link UsageError}. */
export function wholeNumber(text: string | undefined, option: string): number | undefined {
	if (text === undefined) {
		return undefined;
	}
	if (!/^\d{1,9}$/.test(text)) {
		throw new UsageError(`${option} takes a number`);
	}
	return Number(text);
}

function parsed<const Declared extends Options>(args: readonly string[], options: Declared) {
	try {
		return parseArgs({ args: [...args], allowPositionals: true, options });
	} catch (error) {
		// Node's first line says what is wrong with the option; what follows is advice.
		throw new UsageError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), {
			cause: error,
		});
	}
}

/** Throws a {@link UsageError} that names the option that was meant; Node's own advice does not help here. */
export function refuseUnknown(args: readonly string[], options: Options): void {
	const { tokens } = parseArgs({ args: [...args], allowPositionals: true, strict: false, tokens: true, options });
	const known = Object.keys(options);
	const unknown = tokens.find(token => token.kind === 'option' && !known.includes(token.name));
	if (unknown?.kind !== 'option') {
		return;
	}
	const near = nearestKey(unknown.name, known);
	const rest =
		near !== undefined
			? `did you mean --${near}?`
			: known.length === 0
				? 'there are none here'
				: `there are ${known.map(name => `--${name}`).join(', ')}`;
	throw new UsageError(`unknown option ${unknown.rawName}; ${rest}`);
}
