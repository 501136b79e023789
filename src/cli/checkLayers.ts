import { resolve } from 'node:path';
import { lintAgainst } from '../domain/policy/lintAgainst';
import { type PolicyProblem } from '../domain/policy/policy';
import { type PolicyLayerFile } from '../storage/policyChange';
import { PolicyFiles } from '../storage/policyFiles';
import { systemClock, systemHost } from '../storage/system';
import { layeredFiles, type LayerOptions } from './layerOptions';
import { type CliOutput } from './output';
import { problemLine } from './policyProblems';
import { counted } from './printable';

/**
 * `policy check FILE` with other layers: every problem of each file, among them the allow rules that do not count, then a
 * line for each layer, uppermost first. With `workspace`, allow rules that reach out of that folder too. Returns 0, or 2
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
		layers.forEach(layer => {
			out.stdout(layerLine(layer, problems));
		});
		const errors = problems.filter(({ severity }) => severity === 'error').length;
		const counts = `${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}`;
		if (effective.policy === undefined) {
			out.stdout(`together: invalid, everything would be denied: ${counts}`);
			return 2;
		}
		out.stdout(`together: valid, ${counted(effective.policy.rules.length, 'rule')}: ${counts}`);
		return 0;
	} finally {
		files.dispose();
	}
}

function layerLine({ kind, load, power }: PolicyLayerFile, problems: readonly PolicyProblem[]): string {
	if (load.policy === undefined) {
		return `${kind} ${load.file}: invalid`;
	}
	const ignored = problems.filter(({ code, at }) => code === 'ignored' && at.file === load.file).length;
	const how = power === 'grants' ? 'allows and tightens' : 'only tightens';
	const rest = ignored === 0 ? '' : `, ${counted(ignored, 'allow rule')} ignored`;
	return `${kind} ${load.file}: ${counted(load.policy.rules.length, 'rule')}, ${how}${rest}, sha256 ${load.digest}`;
}
