import { baseName } from '../../base/baseName';

/** What an interpreter is told to run. */
export interface ProgramScripts {
	/** Files as the launch words them, relative to {@link ProgramScripts.folder}: the script, and what is loaded before it. */
	readonly scripts: readonly string[];
	/** The folder that an option names; absent: where the program runs. */
	readonly folder?: string;
	/** Something else than these files runs (a module by name, a task, code of the launch itself). */
	readonly more: boolean;
}

/** The languages whose files are followed to what they load. */
export type ScriptLanguage = 'javascript' | 'python' | 'shell' | 'other';

interface Interpreter {
	readonly language: ScriptLanguage;
	/** Options that take the next argument. */
	readonly values: readonly string[];
	/** Options whose value is a file that is loaded as well. */
	readonly loads: readonly string[];
	/** Options after which there is no script: what they give runs. */
	readonly inline: readonly string[];
	/** Words that may stand before the script. */
	readonly verbs: readonly string[];
}

const NONE: readonly string[] = [];
const SHELL: Interpreter = { language: 'shell', values: ['-o', '-O'], loads: NONE, inline: ['-c'], verbs: NONE };
const NODE: Interpreter = {
	language: 'javascript',
	// nodejs.org, "Command-line options"; docs.deno.com, "deno run"; bun.sh, "bun run".
	values: [
		...['-C', '--conditions', '--env-file', '--env-file-if-exists', '--input-type', '--title', '--tsconfig'],
		...[
			'--stack-trace-limit',
			'--unhandled-rejections',
			'--diagnostic-dir',
			'--disable-proto',
			'--disable-warning',
		],
		...['--dns-result-order', '--experimental-default-type', '--experimental-policy', '--policy-integrity'],
		...['--icu-data-dir', '--openssl-config', '--redirect-warnings', '--report-dir', '--report-directory'],
		...['--report-filename', '--report-signal', '--secure-heap', '--secure-heap-min', '--watch-path'],
		...['--trace-event-categories', '--trace-event-file-pattern', '--trace-require-module', '--tls-keylog'],
		...['--tls-cipher-list', '--use-largepages', '--max-http-header-size', '--heapsnapshot-signal'],
		...['--heapsnapshot-near-heap-limit', '--heap-prof-dir', '--heap-prof-interval', '--heap-prof-name'],
		...['--cpu-prof-dir', '--cpu-prof-interval', '--cpu-prof-name', '--inspect-publish-uid', '--allow-fs-read'],
		...[
			'--allow-fs-write',
			'--localstorage-file',
			'--experimental-config-file',
			'--test-reporter',
			'--test-timeout',
		],
		...['--config', '--import-map', '--lock', '--cert', '--location', '--log-level', '--cwd', '--port', '--define'],
	],
	loads: ['-r', '--require', '--import', '--loader', '--experimental-loader', '--preload', '--snapshot-blob'],
	inline: ['-e', '--eval', '-p', '--print'],
	verbs: ['run', 'watch'],
};
const PYTHON: Interpreter = {
	language: 'python',
	values: ['-W', '-X', '--check-hash-based-pycs'],
	loads: NONE,
	inline: ['-c'],
	verbs: NONE,
};
const UV: Interpreter = {
	language: 'python',
	values: [
		...['-p', '--python', '--env-file', '--group', '--extra', '--cache-dir', '--with', '--with-editable'],
		...['--with-requirements', '--package', '--index', '--index-url', '--default-index', '--config-file'],
	],
	loads: NONE,
	inline: NONE,
	verbs: ['run'],
};

/** The interpreter that a program is, by its name; undefined for any other program. */
export function interpreterOf(program: string): Interpreter | undefined {
	const name = baseName(program).replace(/\.exe$/i, '');
	if (/^(?:node|nodejs|bun|deno|tsx|ts-node|electron)$/i.test(name)) {
		return NODE;
	}
	if (/^(?:python|pypy)w?[\d.]*$|^py$/i.test(name)) {
		return PYTHON;
	}
	if (name === 'uv') {
		return UV;
	}
	return /^(?:ba|da|z|k|fi)?sh$|^(?:cmd|powershell|pwsh)$/i.test(name) ? SHELL : undefined;
}

/** What looks like a file of code. */
const SCRIPT = /\.(?:[cm]?[jt]sx?|pyw?)$/i;

/**
 * Reads which files an interpreter runs. An option that is not known is taken for one without a value, as most are; where the
 * word behind it may be its value all the same, that word and the next count, and `more` says that it is not sure.
 */
export function programScripts(interpreter: Interpreter, args: readonly string[]): ProgramScripts {
	const loads: string[] = [];
	let folder: string | undefined;
	let doubtful = false;
	const found = (scripts: readonly string[], more: boolean): ProgramScripts => ({
		...{ scripts, more },
		...(folder !== undefined && { folder }),
	});
	for (let index = 0; index < args.length; index++) {
		const arg = args[index] ?? '';
		const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
		const option = equals < 0 ? arg : arg.slice(0, equals);
		const value = () => (equals < 0 ? (args[++index] ?? '') : arg.slice(equals + 1));
		if (interpreter.loads.includes(option)) {
			loads.push(value());
		} else if (interpreter === UV && (option === '--directory' || option === '--project')) {
			folder = value();
		} else if (interpreter.inline.includes(option)) {
			return found(loads, true);
		} else if (option === '-m' && interpreter !== NODE) {
			return found(loads, true);
		} else if (interpreter.values.includes(option)) {
			value();
		} else if (!arg.startsWith('-') && !interpreter.verbs.includes(arg)) {
			// uv runs a program of its environment as well as a file.
			const isProgram = interpreter === UV && !/\.pyw?$|[\\/]/.test(arg);
			const next = args[index + 1] ?? '';
			return isProgram
				? found(loads, true)
				: doubtful && SCRIPT.test(next)
					? found([...loads, arg, next], true)
					: found([...loads, arg], false);
		} else {
			doubtful = arg.startsWith('--') && equals < 0;
			continue;
		}
		doubtful = false;
	}
	return found(loads, true);
}

/** The program of a `#!` line: `env` is looked through. Undefined where the bytes are no script. */
export function shebangOf(head: string): { readonly program: string; readonly viaPath: boolean } | undefined {
	const line = /^#!\s*(\S[^\r\n]*)/.exec(head)?.[1];
	const [first, ...words] = line?.trim().split(/\s+/) ?? [];
	if (first === undefined) {
		return undefined;
	}
	if (baseName(first) !== 'env') {
		return { program: first, viaPath: false };
	}
	const program = words.find(word => !word.startsWith('-') && !word.includes('='));
	return program === undefined ? undefined : { program, viaPath: true };
}
