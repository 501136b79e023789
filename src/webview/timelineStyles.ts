import { css } from 'lit';

/** Styles of the chart: the colours of VS Code's charts, each with a pattern of its own. */
export const timelineStyles = css`
	:host {
		display: block;
		min-width: 0;
	}
	.head {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 0 16px;
		min-height: 20px;
		color: var(--quiet);
		font-size: 0.88em;
	}
	.legend {
		display: flex;
		gap: 12px;
		margin: 0;
		padding: 0;
		list-style: none;
	}
	.legend li {
		display: flex;
		align-items: center;
		gap: 5px;
		white-space: nowrap;
	}
	.readout {
		flex: 1;
		min-width: 0;
		min-height: 18px;
		overflow: hidden;
		color: var(--vscode-foreground);
		font-variant-numeric: tabular-nums;
		text-align: right;
		text-overflow: ellipsis;
		white-space: nowrap;
	}
	.plot {
		height: 85px;
		border-bottom: 1px solid var(--vscode-charts-lines, var(--quiet));
		cursor: crosshair;
		touch-action: none;
	}
	svg {
		display: block;
	}
	.allow {
		color: var(--good);
	}
	.require_approval {
		color: var(--asked);
	}
	.deny {
		color: var(--bad);
	}
	.none {
		color: var(--quiet);
	}
	pattern rect {
		fill: currentColor;
	}
	pattern path {
		fill: none;
		stroke: currentColor;
		stroke-width: 1.6;
	}
	.faint {
		fill-opacity: 0.22;
	}
	.half {
		fill-opacity: 0.5;
	}
	.full {
		fill-opacity: 0.85;
	}
	.outline {
		stroke: currentColor;
	}
	.part {
		pointer-events: none;
	}
	.option {
		fill: transparent;
	}
	.option.active {
		fill: color-mix(in srgb, var(--vscode-foreground) 16%, transparent);
	}
	.option.chosen {
		fill: color-mix(in srgb, var(--vscode-focusBorder) 34%, transparent);
		stroke: none;
	}
	.plot:focus-visible .option.active {
		stroke: var(--vscode-focusBorder);
	}
	.axis text {
		fill: var(--quiet);
		font-size: 11px;
		font-variant-numeric: tabular-nums;
	}
`;
