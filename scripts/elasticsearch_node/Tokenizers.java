package storytrail.node;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LetterTokenizer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.apache.lucene.analysis.th.ThaiTokenizer;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;

/** Tokenizers by their names in Elasticsearch; the server itself has only {@code standard}. */
final class Tokenizers {
    static final Map<String, Function<Settings, Supplier<Tokenizer>>> ALL = new TreeMap<>(Map.of(
        "keyword", settings -> {
            int size = settings.getAsInt("buffer_size", KeywordTokenizer.DEFAULT_BUFFER_SIZE);
            return () -> new KeywordTokenizer(size);
        },
        "letter", settings -> LetterTokenizer::new,
        "pattern", settings -> {
            Pattern pattern = Regex.compile(settings.get("pattern", "\\W+"), settings.get("flags"));
            int group = settings.getAsInt("group", -1);
            return () -> new PatternTokenizer(pattern, group);
        },
        "whitespace", settings -> {
            int longest = settings.getAsInt("max_token_length", 255);
            return () -> new WhitespaceTokenizer(longest);
        }));

    static {
        if (ThaiTokenizer.DBBI_AVAILABLE) { // a Java with few locales cannot find Thai words
            ALL.put("thai", settings -> ThaiTokenizer::new);
        }
    }

    private Tokenizers() {}
}
