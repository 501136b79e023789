import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { type AuditOverview } from '../shared/auditView';
import { formatTime } from './formats';
import { promptLine, promptPoints, promptRate } from './promptRate';
import { say, sayAround, sayCount } from './say';

const HEIGHT = 24;
const WIDTH = 240;

/** Prompts per 100 calls over time: the number, a line for the eye, and a table with all of it. */
export function promptsTemplate(overview: AuditOverview | undefined): TemplateResult | typeof nothing {
	const points = promptPoints(overview);
	const all = promptRate(points);
	if (all === undefined) {
		return nothing;
	}
	const now = new Date();
	const last = points.at(-1);
	const latest = last === undefined ? all : (promptRate([last]) ?? all);
	const calls = points.reduce((sum, point) => sum + point.calls, 0);
	const prompts = points.reduce((sum, point) => sum + point.prompts, 0);
	return html`<details class="prompts">
		<summary>
			<span>${say('Prompts per 100 calls')}</span> <b>${all}</b>
			<svg viewBox=${`0 0 ${String(WIDTH)} ${String(HEIGHT)}`} preserveAspectRatio="none" aria-hidden="true">
				${svg`<path class="line" d=${promptLine(points, WIDTH, HEIGHT)} />`}
			</svg>
			<span>${say('now')} <b>${latest}</b></span>
		</summary>
		<div class="rows" role="region" aria-label=${say('Prompts per 100 calls')} tabindex="0">
			<table>
				<caption>
					${sayAround('{0} in {1}; remembered answers are no prompts', sayCount(prompts, '{0} prompt', '{0} prompts'), sayCount(calls, '{0} call', '{0} calls'))}
				</caption>
				<thead>
					<tr>
						<th scope="col">${say('From')}</th>
						<th scope="col">${say('Calls')}</th>
						<th scope="col">${say('Prompts')}</th>
						<th scope="col">${say('Per 100')}</th>
					</tr>
				</thead>
				<tbody>
					${points.toReversed().map(
						point =>
							html`<tr>
								<th scope="row">${formatTime(point.from, now)}</th>
								<td>${point.calls}</td>
								<td>${point.prompts}</td>
								<td>${promptRate([point])}</td>
							</tr>`,
					)}
				</tbody>
			</table>
		</div>
	</details>`;
}

/** Styles of {@link promptsTemplate}. */
export const promptsStyles = css`
	.prompts summary {
		display: flex;
		align-items: center;
		gap: 8px;
		color: var(--quiet);
		font-size: 0.88em;
		cursor: pointer;
	}
	.prompts summary b {
		color: var(--vscode-foreground);
		font-variant-numeric: tabular-nums;
	}
	.prompts svg {
		flex: 1;
		height: 24px;
		min-width: 40px;
	}
	.prompts .line {
		fill: none;
		stroke: var(--vscode-foreground);
		stroke-width: 1.5;
		vector-effect: non-scaling-stroke;
	}
	.prompts .rows {
		max-height: 120px;
		overflow: auto;
	}
	.prompts table {
		border-collapse: collapse;
		font-size: 0.88em;
		font-variant-numeric: tabular-nums;
	}
	.prompts caption {
		text-align: left;
	}
	.prompts th,
	.prompts td {
		padding: 0 12px 0 0;
		font-weight: normal;
		text-align: left;
	}
`;
