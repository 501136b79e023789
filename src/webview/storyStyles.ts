import { css } from 'lit';

/** Styles of a session's story. A step is as high as what it tells; steps out of sight are not laid out. */
export const storyStyles = css`
	:host {
		display: block;
		height: 100%;
		min-height: 0;
	}
	section {
		display: flex;
		flex-direction: column;
		height: 100%;
	}
	header {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 4px 12px;
		padding: 8px 12px;
	}
	h2 {
		min-width: 0;
		margin: 0;
		overflow: hidden;
		font-size: 1.08em;
		font-weight: 600;
		text-overflow: ellipsis;
		white-space: nowrap;
	}
	.key {
		display: flex;
		flex-wrap: wrap;
		gap: 2px 16px;
		padding: 0 12px 6px;
		border-bottom: 1px solid var(--line);
		font-size: 0.88em;
	}
	.key > span {
		display: inline-flex;
		align-items: center;
		gap: 4px;
	}
	.key > .letters {
		gap: 0;
		width: 40px;
	}
	.letters span {
		width: 20px;
		font-weight: 600;
		text-align: center;
	}
	.steps {
		flex: 1;
		min-height: 0;
		overflow-y: auto;
		outline: none;
		scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
	}
	.step {
		position: relative;
		display: grid;
		grid-template-columns: 40px 86px minmax(0, 1fr);
		column-gap: 8px;
		padding: 0 12px;
		content-visibility: auto;
		contain-intrinsic-size: auto 58px;
		cursor: pointer;
	}
	.lanes {
		position: absolute;
		top: 0;
		left: 12px;
		width: 40px;
		height: 100%;
		overflow: visible;
	}
	.time {
		padding-top: 7px;
		font-variant-numeric: tabular-nums;
	}
	.told {
		min-width: 0;
		padding: 7px 0;
		border-bottom: 1px solid var(--line);
	}
	.event .told {
		border-bottom-style: dashed;
	}
	.line {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 0 10px;
		min-width: 0;
		margin: 0;
		overflow-wrap: anywhere;
	}
	.line > * {
		min-width: 0;
	}
	.link + .link::before {
		content: '→ ';
		color: var(--quiet);
	}
	.rests {
		flex-wrap: nowrap;
		gap: 6px;
	}
	.rests .icon {
		color: var(--warn);
	}
	.step:hover {
		background: var(--vscode-list-hoverBackground);
		outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
		outline-offset: -1px;
	}
	.step.active {
		color: var(--vscode-list-inactiveSelectionForeground, inherit);
		background: var(--vscode-list-inactiveSelectionBackground);
		outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
		outline-offset: -1px;
	}
	.steps:focus .step.active {
		color: var(--vscode-list-activeSelectionForeground, inherit);
		background: var(--vscode-list-activeSelectionBackground);
		--quiet: currentColor;
	}
	.steps:focus-visible .step.active {
		outline: 1px solid var(--vscode-list-focusOutline, var(--vscode-focusBorder));
		outline-offset: -1px;
	}
	.time {
		grid-column: 2;
	}
	svg .secret {
		stroke: var(--bad);
	}
	svg .untrusted {
		stroke: var(--warn);
	}
	.lanes line {
		stroke-width: 2;
	}
	.lanes line.untrusted {
		stroke-dasharray: 4 2;
	}
	.lanes circle,
	.key circle {
		fill: none;
		stroke-width: 2;
	}
	.full.secret {
		fill: var(--bad);
	}
	.full.untrusted {
		fill: var(--warn);
	}
	.none {
		margin: 0;
		padding: 16px;
		text-align: center;
	}
	@media (max-width: 560px) {
		.step {
			grid-template-columns: 40px minmax(0, 1fr);
		}
		.time {
			grid-column: 2;
		}
		.told {
			grid-column: 2;
			padding-top: 0;
		}
	}
`;
