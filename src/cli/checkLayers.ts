import { resolve } from 'node:path';
import { counted } from '../base/counted';
import { lintAgainst } from '../domain/policy/lintAgainst';
import { type PolicyProblem } from '../domain/policy/policy';
import { type PolicyLayerFile } from '../storage/policyChange';
import { PolicyFiles } from '../storage/policyFiles';
import { systemClock, systemHost } from '../storage/system';
import { layeredFiles, type LayerOptions } from './layerOptions';
import { type CliOutput } from './output';
import { problemLine } from './policyProblems';
import { printable } from './printable';

/**
 * `policy check FILE`: every problem of the file and of each layer above and below it, among them the allow rules that do
 * not count; then, where there are other layers, a line for each, uppermost first. With `workspace`, allow rules that reach out of that folder too. Returns 0, or 2
 * when everything would be denied.
 */
export function checkLayers(
	file: string,
	options: LayerOptions & { readonly workspace?: string; readonly compositionFile: string },
	out: CliOutput,
): number {
	const files = new PolicyFiles(layeredFiles(file, options, options.compositionFile));
	try {
		const { effective, layers } = files.reading();
		const known = {
			now: systemClock.now(),
			...(options.workspace !== undefined && { host: systemHost([resolve(options.workspace)]) }),
		};
		const problems = [...effective.problems, ...layers.flatMap(({ load }) => lintAgainst(load, known))];
		problems.forEach(problem => {
			out.stdout(problemLine(problem));
		});
		const [only] = layers;
		const alone = layers.length === 1 && only !== undefined;
		if (!alone) {
			layers.forEach(layer => {
				out.stdout(printable(layerLine(layer, problems)));
			});
		}
		const errors = problems.filter(({ severity }) => severity === 'error').length;
		const counts = `${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}`;
		const what = alone ? only.load.file : 'together';
		const { policy } = effective;
		if (policy === undefined) {
			out.stdout(printable(`${what}: invalid, everything would be denied: ${counts}`));
			return 2;
		}
		const count = policy.rules.length;
		const own = alone ? (only.load.policy?.rules.length ?? 0) : count;
		const composed = own === count ? '' : ` and ${counted(count - own, 'composition')}`;
		const mode = alone ? `, mode ${policy.mode}` : '';
		out.stdout(printable(`${what}: valid, ${counted(own, 'rule')}${composed}${mode}: ${counts}`));
		return 0;
	} finally {
		files.dispose();
	}
}

function layerLine({ kind, load, power }: PolicyLayerFile, problems: readonly PolicyProblem[]): string {
	if (load.policy === undefined) {
		return `${kind} ${load.file}: invalid`;
	}
	const ignored = problems.filter(({ code, at }) => code === 'only-tightens' && at.file === load.file).length;
	const how = power === 'grants' ? 'allows and tightens' : 'only tightens';
	const rest = ignored === 0 ? '' : `, ${counted(ignored, 'allow rule')} ignored`;
	return `${kind} ${load.file}: ${counted(load.policy.rules.length, 'rule')}, ${how}${rest}, sha256 ${load.digest}`;
}
