import { probeFindings } from '../probe/probeFindings';
import { type ProbeReport } from '../probe/probeReport';
import { reviewFinding, type ReviewFinding } from './reviewFinding';
import { type ServerSurface } from './surface';

/**
 * What a probe says against a server under review (N9), held against what its tools count as now: a capability that is put
 * right settles it, and what counts as `unknown` claims nothing. Only what is grave; the report of the probe has the rest.
 */
export function probeReviewFindings(
	{ steps, ...report }: ProbeReport,
	{ tools }: Pick<ServerSurface, 'tools'>,
	capabilityOf: (tool: string) => string,
): readonly ReviewFinding[] {
	const listed = new Set(tools.map(({ name }) => name));
	const now = steps.map(step => (listed.has(step.tool) ? { ...step, capability: capabilityOf(step.tool) } : step));
	return probeFindings({ ...report, steps: now })
		.filter(({ severity }) => severity === 'high')
		.map(({ tool, advice, evidence }) => {
			const where = { text: '{0} {1}', args: [advice, evidence.join(', ')] };
			return tool === ''
				? reviewFinding('probe-server-mismatch', { kind: 'server' }, where)
				: reviewFinding('probe-mismatch', { kind: 'tool', name: tool }, where);
		});
}
