import {
	currentCaller,
	type CallerContext,
	type CallerExtra,
	readCredential,
	withCaller,
	withoutCredential,
} from './callerCredential';
import { compileGuard, type CompiledGuard } from './compiledGuard';
import { evaluate, evaluateNow } from './evaluateToolAccess';
import { type GuardConfig } from './guardConfig';
import { GuardConfigError, GuardError } from './guardErrors';

/**
 * Guards the handler of a tool: it runs only where its caller may call it (RFC-006), and each attempt leaves one evidence record.
 * The caller is taken from {@link withCaller}, else from the last argument where that is what the MCP SDK hands over (header
 * `X-Capiscio-Badge`, `_meta.capiscio_caller_badge`), else is anonymous; the handler gets that argument without the credential.
 *
 * ```ts
 * server.registerTool('read_database', { inputSchema }, guard({ minTrustLevel: 2, trustedIssuers, toolName: 'read_database' },
 * 	async ({ query }) => ({ content: [{ type: 'text', text: await run(query) }] })));
 * ```
 *
 * Throws a GuardConfigError at once; the returned function rejects with a {@link GuardError} where the tool may not run.
 */
export function guard<A extends readonly unknown[], R>(
	config: GuardConfig,
	handler: (...args: A) => R,
): (...args: A) => Promise<Awaited<R>> {
	const { compiled, tool } = prepare(config, handler);
	return async (...args): Promise<Awaited<R>> => {
		const { context, params, forwarded } = readCall(args);
		const { result, caller } = await evaluate(tool, params, context, compiled);
		if (result.decision !== 'ALLOW') {
			throw new GuardError(result);
		}
		const known = { credential: context?.credential ?? {}, caller };
		return await withCaller(known, () => handler(...forwarded));
	};
}

/**
 * The same for a function that does not wait. A badge cannot be verified without waiting: who calls must have been verified
 * before, as {@link guardedServer} does, or by {@link verifyCredential} and {@link withCaller}. A badge that nobody verified
 * denies; a decision service, which would have to be waited for, denies too.
 */
export function guardSync<A extends readonly unknown[], R>(
	config: GuardConfig,
	handler: (...args: A) => R,
): (...args: A) => R {
	const { compiled, tool } = prepare(config, handler);
	return (...args) => {
		const { context, params, forwarded } = readCall(args);
		const result = evaluateNow(tool, params, context, compiled);
		if (result.decision !== 'ALLOW') {
			throw new GuardError(result);
		}
		return handler(...forwarded);
	};
}

function prepare(config: GuardConfig, handler: unknown): { readonly compiled: CompiledGuard; readonly tool: string } {
	if (typeof handler !== 'function') {
		throw new GuardConfigError('guard(config, handler): the handler must be a function.');
	}
	const compiled = compileGuard(config);
	const tool = compiled.toolName ?? handler.name;
	if (tool === '') {
		throw new GuardConfigError('The tool needs a name: set toolName, or guard a function that has one.');
	}
	return { compiled, tool };
}

interface Call<A> {
	readonly context: CallerContext | undefined;
	readonly params: Readonly<Record<string, unknown>>;
	readonly forwarded: A;
}

/** Arguments are what is left without `extra`: one object is the parameters, anything else is hashed as a list. */
function readCall<A extends readonly unknown[]>(args: A): Call<A> {
	const last: unknown = args.at(-1);
	const extra = isExtra(last) ? last : undefined;
	const values = extra === undefined ? args : args.slice(0, -1);
	const [first] = values;
	const params = values.length === 0 ? {} : values.length === 1 && isPlain(first) ? first : { args: values };
	return {
		context: currentCaller() ?? (extra && { credential: readCredential(extra) }),
		params,
		forwarded: (extra === undefined ? args : [...values, withoutCredential(extra)]) as unknown as A,
	};
}

/** What the SDK hands over always has a signal and the id of its request: parameters, which are JSON, cannot have the first. */
function isExtra(value: unknown): value is CallerExtra {
	return typeof value === 'object' && value !== null && 'signal' in value && value.signal instanceof AbortSignal;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
