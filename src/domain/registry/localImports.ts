/** What a source file loads, as far as its text says. */
export interface FoundImports {
	/** Specifiers as written; of Python, dotted names with their leading dots. */
	readonly specifiers: readonly string[];
	/** It loads something by a name that is computed. */
	readonly computed: boolean;
}

const JS_STATIC =
	/\b(?:from|import|export)\s*['"]([^'"\n]{1,500})['"]|\b(?:import|require(?:\.resolve)?)\s*\(\s*['"`]([^'"`\n$]{1,500})['"`]/g;
const JS_COMPUTED = /\b(?:import|require)\s*\(\s*(?!['"]|`[^`$]*`)[^\s)]/;
const PY_FROM = /^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([^\n#]*)/gm;
const PY_IMPORT = /^[ \t]*import[ \t]+([^\n#;]+)/gm;
const PY_COMPUTED = /\b(?:__import__|import_module|exec|runpy\.run_\w+)\s*\(/;

/**
 * Finds what a script loads by looking for the words of its language: text in comments and strings may count too, which
 * pins a file too many, never one too few of those that are named. Attacker-controlled; linear.
 */
export function importsOf(language: 'javascript' | 'python', text: string): FoundImports {
	if (language === 'javascript') {
		const specifiers = [...text.matchAll(JS_STATIC)].map(([, named, called]) => named ?? called ?? '');
		return { specifiers: unique(specifiers), computed: JS_COMPUTED.test(text) };
	}
	const specifiers = [
		...[...text.matchAll(PY_FROM)].flatMap(([, from = '', names = '']) => [
			from,
			// `from package import module` may name a file as well as a member.
			...namesIn(names).map(name => (/^\.*$/.test(from) ? `${from}${name}` : `${from}.${name}`)),
		]),
		...[...text.matchAll(PY_IMPORT)].flatMap(([, names = '']) => namesIn(names)),
	];
	return { specifiers: unique(specifiers.filter(name => /\w/.test(name))), computed: PY_COMPUTED.test(text) };
}

/**
 * The files that a specifier can mean, best first, relative to the folder of the file that loads it, with `/`. Empty for
 * what is no file beside it: a package, a builtin.
 */
export function filesOfImport(language: 'javascript' | 'python', specifier: string): readonly string[] {
	if (language === 'javascript') {
		if (!/^\.{1,2}(?:\/|$)|^\//.test(specifier)) {
			return [];
		}
		// TypeScript's loaders take `./x.js` for `./x.ts`.
		const bare = specifier.replace(/\.([cm]?)js$/, '.$1ts');
		const endings = ['.js', '.cjs', '.mjs', '.ts', '.mts', '.cts', '.tsx', '.json', '.node'];
		return unique([
			...[specifier, bare],
			...endings.map(ending => `${specifier}${ending}`),
			...endings.map(ending => `${specifier}/index${ending}`),
		]);
	}
	const dots = /^\.*/.exec(specifier)?.[0].length ?? 0;
	const up = dots <= 1 ? '.' : Array.from({ length: dots - 1 }, () => '..').join('/');
	const parts = specifier.slice(dots).split('.').filter(Boolean);
	const path = [up, ...parts].join('/');
	// A package runs the `__init__.py` of each folder on the way.
	const ways = parts.map((_, index) => `${[up, ...parts.slice(0, index + 1)].join('/')}/__init__.py`);
	return unique([`${path}.py`, ...ways, ...(parts.length === 0 ? [`${up}/__init__.py`] : [])]);
}

/** The package that a specifier names; undefined for files, builtins and `#` imports of the package itself. */
export function packageOfImport(specifier: string): string | undefined {
	return /^(?!node:)((?:@[\w.~-]+\/)?[A-Za-z0-9_~][\w.~-]*)(?:\/|$)/.exec(specifier)?.[1];
}

function namesIn(list: string): readonly string[] {
	return list
		.split(',')
		.map(part => /^\s*\(?\s*([\w.]+)/.exec(part)?.[1] ?? '')
		.filter(Boolean);
}

function unique(values: readonly string[]): readonly string[] {
	return [...new Set(values)];
}
