package storytrail.node;

import java.io.Reader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.Analysis;

/** Char filters by their names in Elasticsearch. */
final class CharFilters {
    static final UnaryOperator<Reader> HTML_STRIP = HTMLStripCharFilter::new;

    static final Map<String, Maker<UnaryOperator<Reader>>> ALL = Map.of(
        "html_strip", (environment, settings) -> {
            Set<String> kept = Set.copyOf(settings.getAsList("escaped_tags"));
            return text -> new HTMLStripCharFilter(text, kept);
        },
        "mapping", CharFilters::mapping,
        "pattern_replace", (environment, settings) -> {
            Pattern pattern = Regex.compile(Maker.required(settings, "pattern"), settings.get("flags"));
            String replacement = settings.get("replacement", "");
            return text -> new PatternReplaceCharFilter(pattern, replacement, text);
        });

    private CharFilters() {}

    private static UnaryOperator<Reader> mapping(Environment environment, Settings settings) {
        List<String> rules = Analysis.getWordList(environment, settings, "mappings");
        if (rules == null) {
            throw new IllegalArgumentException("mapping requires either [mappings] or [mappings_path]");
        }
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        for (String rule : rules) {
            int arrow = rule.lastIndexOf("=>");
            if (arrow < 0) {
                throw new IllegalArgumentException("Invalid Mapping Rule : [" + rule + "]");
            }
            map.add(unescaped(rule.substring(0, arrow).strip()), unescaped(rule.substring(arrow + 2).strip()));
        }
        NormalizeCharMap built = map.build();
        return text -> new MappingCharFilter(built, text);
    }

    /** Backslash and n, t, r, b, f or uXXXX as in Java; before any other character it stands for that character. */
    private static String unescaped(String side) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < side.length(); at++) {
            char character = side.charAt(at);
            if (character == '\\') {
                at++;
                int digits = at < side.length() && side.charAt(at) == 'u' ? 4 : 0;
                if (at + digits >= side.length()) {
                    throw new IllegalArgumentException("Invalid escaped char in [" + side + "]");
                }
                character = digits == 0 ? control(side.charAt(at))
                    : (char) Integer.parseInt(side.substring(at + 1, at + 5), 16);
                at += digits;
            }
            text.append(character);
        }
        return text.toString();
    }

    private static char control(char letter) {
        return switch (letter) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            default -> letter;
        };
    }
}
