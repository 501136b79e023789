import { css } from 'lit';

/** What every part of the panel shares: type, colours by VS Code's tokens only, focus, buttons, icons, tones. */
export const sharedStyles = css`
	:host {
		box-sizing: border-box;
		font: var(--vscode-font-weight, normal) var(--vscode-font-size, 13px) / 1.4
			var(--vscode-font-family, sans-serif);
		color: var(--vscode-foreground);
		--line: var(--vscode-contrastBorder, var(--vscode-panel-border, var(--vscode-widget-border, transparent)));
		--quiet: var(--vscode-descriptionForeground);
		--mono: var(--vscode-editor-font-family, monospace);
		--good: var(--vscode-charts-green);
		--bad: var(--vscode-charts-red);
		--warn: var(--vscode-charts-orange);
		--asked: var(--vscode-charts-blue);
		--event: var(--vscode-charts-purple);
	}
	:host([hidden]) {
		display: none;
	}
	* {
		box-sizing: border-box;
	}
	.icon {
		flex: none;
		fill: none;
		stroke: currentColor;
		stroke-width: 1.25;
		stroke-linecap: round;
		stroke-linejoin: round;
	}
	.status {
		display: inline-flex;
		align-items: center;
		gap: 6px;
		min-width: 0;
	}
	.good .icon {
		color: var(--good);
	}
	.bad .icon {
		color: var(--bad);
	}
	.warn .icon {
		color: var(--warn);
	}
	.asked .icon {
		color: var(--asked);
	}
	.event .icon {
		color: var(--event);
	}
	.quiet {
		color: var(--quiet);
	}
	.spoken {
		position: absolute;
		width: 1px;
		height: 1px;
		overflow: hidden;
		clip-path: inset(50%);
		white-space: nowrap;
	}
	.mono {
		font-family: var(--mono);
		font-size: 0.94em;
	}
	.hidden-char {
		padding: 0 2px;
		border: 1px solid var(--warn);
		border-radius: 3px;
		font: 0.85em var(--mono);
		white-space: nowrap;
	}
	.chip {
		display: inline-block;
		max-width: 14em;
		padding: 0 6px;
		border: 1px solid var(--vscode-contrastBorder, color-mix(in srgb, currentColor 28%, transparent));
		border-radius: 9px;
		font-size: 0.88em;
		line-height: 16px;
		overflow: hidden;
		text-overflow: ellipsis;
		white-space: nowrap;
		vertical-align: middle;
	}
	.chip.loud,
	.chip.warn {
		border-color: var(--warn);
	}
	.chip.bad {
		border-color: var(--bad);
	}
	button {
		display: inline-flex;
		align-items: center;
		gap: 6px;
		height: 24px;
		padding: 0 10px;
		border: 1px solid var(--vscode-button-border, transparent);
		border-radius: 2px;
		font: inherit;
		color: var(--vscode-button-secondaryForeground);
		background: var(--vscode-button-secondaryBackground);
		white-space: nowrap;
		cursor: pointer;
	}
	button:hover {
		background: var(--vscode-button-secondaryHoverBackground);
	}
	button.plain {
		padding: 0 4px;
		border-color: transparent;
		color: var(--vscode-icon-foreground, inherit);
		background: none;
	}
	button.plain:hover {
		background: var(--vscode-toolbar-hoverBackground);
		outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
	}
	button:disabled,
	button[aria-disabled='true'] {
		opacity: 0.5;
		cursor: default;
	}
	:focus-visible,
	button.plain:focus-visible {
		outline: 1px solid var(--vscode-focusBorder);
		outline-offset: -1px;
	}
	button:focus-visible {
		outline-offset: 1px;
	}
	@media (forced-colors: active) {
		/* The system's colours alone: what colours tell apart, icons, patterns and words do, too. */
		:host {
			--line: CanvasText;
			--quiet: CanvasText;
			--good: CanvasText;
			--bad: CanvasText;
			--warn: CanvasText;
			--asked: CanvasText;
			--event: CanvasText;
		}
		.icon {
			color: CanvasText;
		}
	}
`;
