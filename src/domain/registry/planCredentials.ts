import { type CredentialReference } from './credential';
import { type HttpLaunch, type Launch, type StdioLaunch } from './launch';
import { type FoundInput, type FoundServer } from './mcpJson';
import { isStoredVariable, variablesIn } from './resolveLaunch';
import { isSecretVariable, replaceParts, secretsOfArgument, secretsOfUrl } from './secretParts';

/** What a definition becomes once its secrets are taken out of it. */
export interface CredentialPlan {
	/** Holds no secret: they are `${credential:NAME}` and `${input:ID}`. */
	readonly launch: Launch;
	/** What goes to secret storage, but for the answers to {@link inputs}. Secrets. */
	readonly values: Readonly<Record<string, string>>;
	readonly references: readonly Pick<CredentialReference, 'kind' | 'name'>[];
	/** What a person has to be asked: their values are kept as `input:ID`. */
	readonly inputs: readonly FoundInput[];
}

/** What a plan needs to know besides the definition. */
export interface PlanContext {
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The variables of `envFile`. Secrets. */
	readonly envFile: Readonly<Record<string, string>>;
}

/**
 * Takes the secrets out of a definition (C9): literal ones in arguments and URL, what `${env:NAME}` stands for where it is
 * one, the variables of `envFile`, all values of `env` and `headers`. Other `${env:NAME}` are looked up anew at
 * each start. The definition is attacker-controlled; `problem` is one sentence of ours.
 */
export function planCredentials(
	server: FoundServer & { readonly launch: Launch },
	{ env, envFile }: PlanContext,
): CredentialPlan | { readonly problem: string } {
	const { launch, inputs } = server;
	const texts = [...textsOf(launch), ...Object.values(server.values)];
	if (texts.flatMap(variablesIn).some(inside => inside.startsWith('credential:'))) {
		return { problem: 'it uses ${credential:…}, which is a word of MCP Firewall alone' };
	}
	const ids = [...new Set(texts.flatMap(variablesIn).filter(inside => inside.startsWith('input:')))];
	const asked = ids.map(inside => inputs.find(({ id }) => `input:${id}` === inside));
	if (asked.some(input => input === undefined) || !ids.every(isStoredVariable)) {
		return { problem: 'it uses an ${input:…} that its file does not define' };
	}
	const keeper = new Keeper(env, new Set(inputs.map(({ id }) => id)));
	const planned = launch.kind === 'http' ? planUrl(launch, keeper) : planProcess(launch, envFile, keeper);
	if ('problem' in planned) {
		return planned;
	}
	const kind = launch.kind === 'http' ? 'header' : 'env';
	for (const [name, text] of Object.entries(server.values)) {
		const kept = keeper.withoutEnv(text);
		keeper.values[name] = kept;
		if (!variablesIn(kept).some(isStoredVariable)) {
			keeper.references.push({ kind, name });
		}
	}
	for (const [name, text] of Object.entries(launch.kind === 'http' ? {} : envFile)) {
		if (!Object.hasOwn(server.values, name)) {
			Object.assign(keeper.values, storedLiteral(name, text));
			keeper.references.push({ kind, name });
		}
	}
	ids.forEach(inside => keeper.references.push({ kind: 'variable', name: inside.slice('input:'.length) }));
	const { values, references } = keeper;
	return { launch: planned, values, references, inputs: asked.filter(input => input !== undefined) };
}

/** The key in secret storage behind which a text lies that must never be read as a variable. */
export function literalKey(name: string): string {
	return `credential:set.${name}`;
}

/** A text as a value of `env` or `headers` that is taken word by word, as it is stored; it may look like a variable. */
export function storedLiteral(name: string, text: string): Readonly<Record<string, string>> {
	return text.includes('${') ? { [name]: `\${${literalKey(name)}}`, [literalKey(name)]: text } : { [name]: text };
}

/** What the names of credentials in a URL begin with; their values are kept percent-encoded. */
const IN_URL = 'url.';

/** A new value for a credential as it is kept: percent-encoded where it stands in a URL, so that it stays one part of it. */
export function storedForm({ kind, name }: Pick<CredentialReference, 'kind' | 'name'>, value: string): string {
	return kind === 'variable' && name.startsWith(IN_URL) ? encodeURIComponent(value) : value;
}

function textsOf(launch: Launch): readonly string[] {
	return launch.kind === 'http' ? [launch.url] : [launch.command, ...launch.args, launch.cwd ?? ''];
}

function planUrl(launch: HttpLaunch, keeper: Keeper): Launch | { readonly problem: string } {
	const { url } = launch;
	const authority = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0] ?? url;
	if (variablesIn(authority).length > 0) {
		return { problem: 'the host of its address has to be written out' };
	}
	if (authority.includes('@')) {
		return { problem: 'its address holds a name or password; they belong in a header' };
	}
	if (url.includes('#')) {
		return { problem: 'its address holds a fragment, which a server is never told' };
	}
	let count = 0;
	const kept = replaceParts(url, secretsOfUrl(url), ({ start, end, name }) => {
		count++;
		return keeper.keep(`${IN_URL}${name ?? String(count)}`, url.slice(start, end));
	});
	return { ...launch, url: keeper.withoutEnv(kept) };
}

function planProcess(launch: StdioLaunch, envFile: Readonly<Record<string, string>>, keeper: Keeper): Launch {
	const args = launch.args.map((arg, index) => {
		const parts = secretsOfArgument(arg, launch.args[index - 1]);
		let count = 0;
		const kept = replaceParts(arg, parts, ({ start, end }) => {
			count++;
			const name = `arg${String(index + 1)}${count === 1 ? '' : `.${String(count)}`}`;
			return keeper.keep(name, arg.slice(start, end));
		});
		return keeper.withoutEnv(kept);
	});
	const env = [...new Set([...launch.env, ...Object.keys(envFile)])];
	return { ...launch, args, env };
}

/** Where secrets go while a plan is made. */
class Keeper {
	readonly values: Record<string, string> = {};
	readonly references: Pick<CredentialReference, 'kind' | 'name'>[] = [];

	constructor(
		private readonly env: PlanContext['env'],
		/** Names that inputs have: a credential has another one. */
		private readonly taken: ReadonlySet<string>,
	) {}

	/** Keeps a secret and gives the variable that stands for it. */
	keep(wanted: string, secret: string): string {
		let name = wanted;
		for (let copy = 2; this.taken.has(name) || Object.hasOwn(this.values, `credential:${name}`); copy++) {
			name = `${wanted}-${String(copy)}`;
		}
		this.values[`credential:${name}`] = secret;
		this.references.push({ kind: 'variable', name });
		return `\${credential:${name}}`;
	}

	/** A text whose `${env:NAME}` with secret names are kept; one without a value stays, and its start says so. */
	withoutEnv(text: string): string {
		return text.replaceAll(/\$\{env:([A-Za-z_][A-Za-z0-9_()]*)\}/g, (whole, name: string) => {
			const value = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
			if (value === undefined || !isSecretVariable(name, value)) {
				return whole;
			}
			const known = `credential:env.${name}`;
			return Object.hasOwn(this.values, known) ? `\${${known}}` : this.keep(`env.${name}`, value);
		});
	}
}
