package io.llmserving.bench.report;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link LatencyPlot}, {@link Axis} and {@link Table}.
 */
class LatencyPlotTests {

	@Test
	void eachPointIsDrawnAtItsPlaceAndEachServerNamed() throws Exception {
		String svg = LatencyPlot.svg("Title", "time per output token, p50", "streams",
				List.of(new Series("ours & co", List.of(new Series.Point(1, 250, 4), new Series.Point(8, 1000, 8))),
						new Series("<peer>", List.of(new Series.Point(1, 0, 10)))));
		Document document = DocumentBuilderFactory.newInstance()
			.newDocumentBuilder()
			.parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
		NodeList circles = document.getElementsByTagName("circle");
		assertThat(circles.getLength()).isEqualTo(3);
		// 0 to 1,000 tokens/s over 650 units from 80; 0 to 10 ms over 350 units up from
		// 400.
		assertThat(number(circles, 0, "cx")).isEqualTo(80 + 650 / 4.0, within(0.1));
		assertThat(number(circles, 0, "cy")).isEqualTo(400 - 350 * 0.4, within(0.1));
		assertThat(number(circles, 1, "cx")).isEqualTo(730, within(0.1));
		assertThat(number(circles, 2, "cy")).isEqualTo(50, within(0.1));
		assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(2);
		assertThat(document.getDocumentElement().getTextContent()).contains("ours & co", "<peer>", "Title");
		assertThat(document.getElementsByTagName("script").getLength()).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "1000, 1000, 200", "7, 8, 2", "0.3, 0.3, 0.05", "12.1, 15, 5", "0, 1, 0.2", "99999, 100000, 20000" })
	void ticksAreRoundAndReachTheLargestValue(double largest, double end, double step) {
		Axis axis = Axis.upTo(largest);
		assertThat(axis.end()).isEqualTo(end, within(1e-9));
		assertThat(axis.step()).isEqualTo(step, within(1e-9));
		assertThat(axis.ticks()).hasSize((int) Math.round(end / step) + 1);
	}

	@Test
	void tablesAlignTheirColumns() {
		Table table = new Table("row", "value").row("a", 1).row("long|er", 1000);
		assertThat(table.text().lines().toList()).containsExactly("row      value", "a            1", "long|er   1000");
		assertThat(table.markdown()).isEqualTo("| row | value |\n|---|---|\n| a | 1 |\n| long\\|er | 1000 |\n");
	}

	private static double number(NodeList nodes, int index, String attribute) {
		return Double.parseDouble(((Element) nodes.item(index)).getAttribute(attribute));
	}

}
