package io.llmserving.bench.report;

import java.util.List;
import java.util.Locale;

/**
 * Draws throughput against latency as SVG, a line for each server, its points in the
 * order of their load. No script, no font and nothing else from elsewhere.
 */
public final class LatencyPlot {

	private static final int WIDTH = 760;

	private static final int HEIGHT = 460;

	private static final int LEFT = 80;

	private static final int TOP = 50;

	private static final int RIGHT = WIDTH - 30;

	private static final int BOTTOM = HEIGHT - 60;

	/** Distinguishable for colour-blind people (Okabe and Ito 2008). */
	private static final String[] COLORS = { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9" };

	private LatencyPlot() {
	}

	/**
	 * Returns an SVG document.
	 * @param latency what the vertical axis shows, in milliseconds
	 * @param load what the number beside a point is
	 */
	public static String svg(String title, String latency, String load, List<Series> series) {
		Axis x = Axis.upTo(series.stream()
			.flatMap((line) -> line.points().stream())
			.mapToDouble(Series.Point::tokensPerSecond)
			.max()
			.orElse(1));
		Axis y = Axis.upTo(series.stream()
			.flatMap((line) -> line.points().stream())
			.mapToDouble(Series.Point::latency)
			.max()
			.orElse(1));
		StringBuilder svg = new StringBuilder();
		svg.append(line("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
				+ " font-size=\"13\">", WIDTH, HEIGHT));
		svg.append(line("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT));
		text(svg, LEFT, 24, "start", title + " (numbers: " + load + ")");
		axes(svg, x, y, latency);
		for (int i = 0; i < series.size(); i++) {
			series(svg, series.get(i), COLORS[i % COLORS.length], x, y, i);
		}
		return svg.append("</svg>\n").toString();
	}

	private static void axes(StringBuilder svg, Axis x, Axis y, String latency) {
		for (double tick : x.ticks()) {
			svg.append(line("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>", across(x, tick), TOP,
					across(x, tick), BOTTOM));
			text(svg, across(x, tick), BOTTOM + 20, "middle", x.label(tick));
		}
		for (double tick : y.ticks()) {
			svg.append(line("<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>", LEFT, up(y, tick),
					RIGHT, up(y, tick)));
			text(svg, LEFT - 8, up(y, tick) + 4, "end", y.label(tick));
		}
		text(svg, (LEFT + RIGHT) / 2.0, HEIGHT - 15, "middle", "generated tokens/s");
		text(svg, LEFT, TOP - 8, "start", latency + ", ms");
	}

	private static void series(StringBuilder svg, Series series, String color, Axis x, Axis y, int index) {
		StringBuilder points = new StringBuilder();
		for (Series.Point point : series.points()) {
			points.append(String.format(Locale.ROOT, "%.1f,%.1f ", across(x, point.tokensPerSecond()),
					up(y, point.latency())));
		}
		svg.append(line("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
				points.toString().strip(), color));
		for (Series.Point point : series.points()) {
			double across = across(x, point.tokensPerSecond());
			double up = up(y, point.latency());
			svg.append(line("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", across, up, color));
			text(svg, across + 7, up - 6, "start",
					String.format(Locale.ROOT, "%.4g", point.load()).replaceAll("\\.0*$|(\\.\\d*?)0+$", "$1"));
		}
		int row = TOP + 20 + 18 * index;
		svg.append(
				line("<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>", LEFT + 14, row - 10, color));
		text(svg, LEFT + 32, row, "start", series.name());
	}

	private static double across(Axis axis, double value) {
		return LEFT + axis.place(value) * (RIGHT - LEFT);
	}

	private static double up(Axis axis, double value) {
		return BOTTOM - axis.place(value) * (BOTTOM - TOP);
	}

	private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
		svg.append(line("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escape(text)));
	}

	private static String line(String format, Object... values) {
		return String.format(Locale.ROOT, format, values) + "\n";
	}

	private static String escape(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

}
