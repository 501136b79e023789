// `npm run types`: the declarations of `mcp-firewall/guard` in dist/types: those of src/guard.ts and of what they name, no others.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '..');
const entry = path.join(root, 'src/guard.ts');
const out = path.join(root, 'dist/types');

const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), name => ts.sys.readFile(name));
const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [entry] }, ts.sys, root);
const program = ts.createProgram([entry], {
	...options,
	...{ noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: out, rootDir: path.join(root, 'src') },
});
const written = new Map();
const { diagnostics } = program.emit(undefined, (name, text) => written.set(path.resolve(name), text), undefined, true);
const wrong = [...diagnostics, ...program.getGlobalDiagnostics()];
if (wrong.length > 0) {
	console.error(
		ts.formatDiagnostics(wrong, {
			getCanonicalFileName: n => n,
			getCurrentDirectory: () => root,
			getNewLine: () => '\n',
		}),
	);
	process.exit(1);
}

rmSync(out, { recursive: true, force: true });
const kept = new Set();
keep(path.join(out, 'guard.d.ts'));
console.log(`dist/types: ${kept.size} declarations`);

/** Writes a declaration and those that it names. A package would have to be installed by whoever uses the guard. */
function keep(file) {
	if (kept.has(file)) return;
	kept.add(file);
	const text = written.get(file);
	if (text === undefined) throw new Error(`No declarations for ${path.relative(root, file)}`);
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, text);
	for (const { fileName } of ts.preProcessFile(text).importedFiles) {
		if (!fileName.startsWith('.')) throw new Error(`${path.relative(root, file)} needs ${fileName}`);
		keep(`${path.resolve(path.dirname(file), fileName)}.d.ts`);
	}
}
