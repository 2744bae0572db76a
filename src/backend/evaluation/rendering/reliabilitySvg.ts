import type { CalibrationFigures, EvaluationReport } from '../../../contract/evaluationReport.ts';
import { wilson } from '../../../contract/wilson.ts';
import { printable } from '../../datasets/printable.ts';

const PLOT = 300;
const MARGIN = { left: 56, top: 64, right: 24, bottom: 60 };
const PANEL = MARGIN.left + PLOT + MARGIN.right;
const HEIGHT = MARGIN.top + PLOT + MARGIN.bottom;

/**
 * The model's reliability diagrams as one self-contained SVG: shapes and escaped text only, no script, style sheet,
 * font or link. Each dot is one bin of equal mass with its Wilson 95% interval; on the diagonal, forecasts come true as often as they say.
 */
export function reliabilitySvg(report: EvaluationReport): string {
  const { calibration } = report.model.metrics;
  const panels =
    calibration === null
      ? [`<text x="${MARGIN.left}" y="${MARGIN.top + 20}" font-size="13">This system gives no probabilities.</text>`]
      : [
          panel(0, 'Malicious, as 1 - P(ALLOW)', calibration.threat, 'share malicious'),
          panel(PANEL, 'Most probable action', calibration.action, 'share where it fits'),
        ];
  const title = `Reliability of ${report.model.name} on ${report.suite.name} (${report.suite.rows} messages)`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * PANEL} ${HEIGHT}" width="${2 * PANEL}" height="${HEIGHT}" role="img" font-family="sans-serif" fill="#1f2933">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${2 * PANEL}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="bold">${escapeXml(title)}</text>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panel(offset: number, title: string, { bins, ece, brier }: CalibrationFigures, yLabel: string): string {
  const left = offset + MARGIN.left;
  const bottom = MARGIN.top + PLOT;
  const x = (value: number): string => (left + value * PLOT).toFixed(1);
  const y = (value: number): string => (bottom - value * PLOT).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((tick) => [
    `<line x1="${x(tick)}" y1="${y(0)}" x2="${x(tick)}" y2="${y(1)}" stroke="#d9dee3"/>`,
    `<line x1="${x(0)}" y1="${y(tick)}" x2="${x(1)}" y2="${y(tick)}" stroke="#d9dee3"/>`,
    `<text x="${x(tick)}" y="${bottom + 18}" font-size="11" text-anchor="middle">${tick}</text>`,
    `<text x="${left - 8}" y="${Number(y(tick)) + 4}" font-size="11" text-anchor="end">${tick}</text>`,
  ]);
  const curve = bins.map((bin) => `${x(bin.confidence)},${y(bin.frequency)}`).join(' ');
  const dots = bins.map(
    (bin) =>
      `<circle cx="${x(bin.confidence)}" cy="${y(bin.frequency)}" r="4" fill="#0b63b0"><title>${bin.count} messages, forecast ${bin.confidence.toFixed(3)}, came true ${bin.frequency.toFixed(3)}</title></circle>`,
  );
  const whiskers = bins.map((bin) => {
    const rate = wilson(Math.round(bin.frequency * bin.count), bin.count);
    return `<line x1="${x(bin.confidence)}" y1="${y(rate?.low ?? 0)}" x2="${x(bin.confidence)}" y2="${y(rate?.high ?? 1)}" stroke="#9db4c8" stroke-width="2"/>`;
  });
  return [
    `<text x="${left}" y="${MARGIN.top - 12}" font-size="13">${escapeXml(`${title}: ECE ${ece.toFixed(3)}, Brier ${brier.toFixed(3)}`)}</text>`,
    ...grid,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#6b7785" stroke-dasharray="4 4"/>`,
    ...whiskers,
    `<polyline points="${curve}" fill="none" stroke="#0b63b0" stroke-width="1.5"/>`,
    ...dots,
    `<text x="${left + PLOT / 2}" y="${bottom + 40}" font-size="12" text-anchor="middle">forecast</text>`,
    `<text x="${offset + 14}" y="${MARGIN.top + PLOT / 2}" font-size="12" text-anchor="middle" transform="rotate(-90 ${offset + 14} ${MARGIN.top + PLOT / 2})">${escapeXml(yLabel)}</text>`,
  ].join('\n');
}

/** Escapes text for XML content and attributes; characters that XML 1.0 forbids or that hide are shown as code points first. */
export function escapeXml(text: string): string {
  const entities: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
