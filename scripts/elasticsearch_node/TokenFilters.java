package storytrail.node;

import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicNormalizationFilter;
import org.apache.lucene.analysis.ar.ArabicStemFilter;
import org.apache.lucene.analysis.bg.BulgarianStemFilter;
import org.apache.lucene.analysis.bn.BengaliNormalizationFilter;
import org.apache.lucene.analysis.bn.BengaliStemFilter;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.ckb.SoraniNormalizationFilter;
import org.apache.lucene.analysis.core.DecimalDigitFilter;
import org.apache.lucene.analysis.core.TypeTokenFilter;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.cz.CzechStemFilter;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.de.GermanMinimalStemFilter;
import org.apache.lucene.analysis.de.GermanNormalizationFilter;
import org.apache.lucene.analysis.el.GreekLowerCaseFilter;
import org.apache.lucene.analysis.el.GreekStemFilter;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.es.SpanishLightStemFilter;
import org.apache.lucene.analysis.fa.PersianNormalizationFilter;
import org.apache.lucene.analysis.fa.PersianStemFilter;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.fr.FrenchLightStemFilter;
import org.apache.lucene.analysis.fr.FrenchMinimalStemFilter;
import org.apache.lucene.analysis.ga.IrishLowerCaseFilter;
import org.apache.lucene.analysis.hi.HindiNormalizationFilter;
import org.apache.lucene.analysis.hi.HindiStemFilter;
import org.apache.lucene.analysis.id.IndonesianStemFilter;
import org.apache.lucene.analysis.in.IndicNormalizationFilter;
import org.apache.lucene.analysis.it.ItalianLightStemFilter;
import org.apache.lucene.analysis.lv.LatvianStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.ScandinavianFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.ScandinavianNormalizationFilter;
import org.apache.lucene.analysis.miscellaneous.SetKeywordMarkerFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.miscellaneous.TruncateTokenFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.pt.PortugueseLightStemFilter;
import org.apache.lucene.analysis.ru.RussianLightStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sr.SerbianNormalizationFilter;
import org.apache.lucene.analysis.sv.SwedishLightStemFilter;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.Analysis;

/** Token filters by their names in Elasticsearch; the server itself has stop, shingle, hunspell and plain lowercase. */
final class TokenFilters {
    /**
     * @param normalizing whether a normalizer may use it: it changes a token without regard to the others
     * @param bare the filter without settings; null where it needs some or the server has it
     */
    record Part(boolean normalizing, Maker<UnaryOperator<TokenStream>> maker, UnaryOperator<TokenStream> bare) {}

    static final Map<String, Part> ALL = new TreeMap<>();

    static {
        without("apostrophe", ApostropheFilter::new);
        without("keyword_repeat", KeywordRepeatFilter::new);
        without("kstem", KStemFilter::new);
        without("porter_stem", PorterStemFilter::new);
        without("remove_duplicates", RemoveDuplicatesTokenFilter::new);
        normalizing("arabic_normalization", ArabicNormalizationFilter::new);
        normalizing("bengali_normalization", BengaliNormalizationFilter::new);
        normalizing("cjk_width", CJKWidthFilter::new);
        normalizing("decimal_digit", DecimalDigitFilter::new);
        normalizing("german_normalization", GermanNormalizationFilter::new);
        normalizing("hindi_normalization", HindiNormalizationFilter::new);
        normalizing("indic_normalization", IndicNormalizationFilter::new);
        normalizing("persian_normalization", PersianNormalizationFilter::new);
        normalizing("scandinavian_folding", ScandinavianFoldingFilter::new);
        normalizing("scandinavian_normalization", ScandinavianNormalizationFilter::new);
        normalizing("serbian_normalization", SerbianNormalizationFilter::new);
        normalizing("sorani_normalization", SoraniNormalizationFilter::new);
        normalizing("trim", TrimFilter::new);
        normalizing("uppercase", UpperCaseFilter::new);

        with("asciifolding", true, ASCIIFoldingFilter::new, TokenFilters::asciifolding);
        with("cjk_bigram", false, CJKBigramFilter::new, TokenFilters::cjkBigram);
        with("elision", true, tokens -> new ElisionFilter(tokens, FrenchAnalyzer.DEFAULT_ARTICLES), TokenFilters::elision);
        with("keep_types", false, null, TokenFilters::keepTypes);
        with("keyword_marker", false, null, TokenFilters::keywordMarker);
        with("length", false, tokens -> new LengthFilter(tokens, 0, Integer.MAX_VALUE), TokenFilters::length);
        with("lowercase", true, null, TokenFilters::lowercase);
        with("pattern_replace", true, null, TokenFilters::patternReplace);
        with("snowball", false, snowball("English"), (environment, settings) -> snowball(language(settings, "English")));
        with("stemmer", false, PorterStemFilter::new, TokenFilters::stemmer);
        with("truncate", false, tokens -> new TruncateTokenFilter(tokens, 10), TokenFilters::truncate);
        with("unique", false, Unique::new, (environment, settings) ->
            settings.getAsBoolean("only_on_same_position", false) ? RemoveDuplicatesTokenFilter::new : Unique::new);
    }

    private TokenFilters() {}

    private static void without(String name, UnaryOperator<TokenStream> filter) {
        ALL.put(name, new Part(false, (environment, settings) -> filter, filter));
    }

    private static void normalizing(String name, UnaryOperator<TokenStream> filter) {
        ALL.put(name, new Part(true, (environment, settings) -> filter, filter));
    }

    private static void with(
        String name, boolean normalizing, UnaryOperator<TokenStream> bare, Maker<UnaryOperator<TokenStream>> maker) {
        ALL.put(name, new Part(normalizing, maker, bare));
    }

    private static UnaryOperator<TokenStream> asciifolding(Environment environment, Settings settings) {
        boolean keep = settings.getAsBoolean("preserve_original", false);
        return tokens -> new ASCIIFoldingFilter(tokens, keep);
    }

    private static final Map<String, Integer> SCRIPTS = Map.of("han", CJKBigramFilter.HAN,
        "hiragana", CJKBigramFilter.HIRAGANA, "katakana", CJKBigramFilter.KATAKANA, "hangul", CJKBigramFilter.HANGUL);

    private static UnaryOperator<TokenStream> cjkBigram(Environment environment, Settings settings) {
        Set<String> scripts = new HashSet<>(SCRIPTS.keySet());
        settings.getAsList("ignored_scripts").forEach(scripts::remove);
        int flags = scripts.stream().mapToInt(SCRIPTS::get).sum();
        boolean unigrams = settings.getAsBoolean("output_unigrams", false);
        return tokens -> new CJKBigramFilter(tokens, flags, unigrams);
    }

    private static UnaryOperator<TokenStream> elision(Environment environment, Settings settings) {
        CharArraySet articles = Analysis.parseArticles(environment, settings); // also reads articles_case
        if (articles == null) {
            throw new IllegalArgumentException("elision filter requires [articles] or [articles_path] setting");
        }
        return tokens -> new ElisionFilter(tokens, articles);
    }

    private static UnaryOperator<TokenStream> keepTypes(Environment environment, Settings settings) {
        Set<String> types = new HashSet<>(settings.getAsList("types"));
        if (types.isEmpty()) {
            throw new IllegalArgumentException("keep_types requires `types` to be configured");
        }
        boolean include = switch (settings.get("mode", "include").toLowerCase(Locale.ROOT)) {
            case "include" -> true;
            case "exclude" -> false;
            default -> throw new IllegalArgumentException("`keep_types` mode can only be include or exclude");
        };
        return tokens -> new TypeTokenFilter(tokens, types, include);
    }

    private static UnaryOperator<TokenStream> keywordMarker(Environment environment, Settings settings) {
        Set<?> words = Analysis.getWordSet(environment, settings, "keywords");
        if (words == null) {
            throw new IllegalArgumentException("keyword filter requires either `keywords` or `keywords_path`");
        }
        CharArraySet kept = new CharArraySet(words, settings.getAsBoolean("ignore_case", false));
        return tokens -> new SetKeywordMarkerFilter(tokens, kept);
    }

    private static UnaryOperator<TokenStream> length(Environment environment, Settings settings) {
        int min = settings.getAsInt("min", 0);
        int max = settings.getAsInt("max", Integer.MAX_VALUE);
        return tokens -> new LengthFilter(tokens, min, max);
    }

    private static UnaryOperator<TokenStream> lowercase(Environment environment, Settings settings) {
        String language = settings.get("language", "");
        return switch (language) {
            case "" -> LowerCaseFilter::new;
            case "greek" -> GreekLowerCaseFilter::new;
            case "irish" -> IrishLowerCaseFilter::new;
            case "turkish" -> TurkishLowerCaseFilter::new;
            default -> throw new IllegalArgumentException("language [" + language + "] not support for lower case");
        };
    }

    private static UnaryOperator<TokenStream> patternReplace(Environment environment, Settings settings) {
        Pattern pattern = Regex.compile(Maker.required(settings, "pattern"), settings.get("flags"));
        String replacement = settings.get("replacement", "");
        boolean all = settings.getAsBoolean("all", true);
        return tokens -> new PatternReplaceFilter(tokens, pattern, replacement, all);
    }

    private static UnaryOperator<TokenStream> truncate(Environment environment, Settings settings) {
        int length = settings.getAsInt("length", 0);
        if (length <= 0) {
            throw new IllegalArgumentException("length parameter must be provided");
        }
        return tokens -> new TruncateTokenFilter(tokens, length);
    }

    private static String language(Settings settings, String usual) {
        return settings.get("language", settings.get("name", usual));
    }

    /** Snowball's stemmer of a language, whose name may begin with a small letter. */
    private static UnaryOperator<TokenStream> snowball(String language) {
        String name = language.isEmpty() ? "" : language.substring(0, 1).toUpperCase(Locale.ROOT) + language.substring(1);
        try {
            Class.forName("org.tartarus.snowball.ext." + name + "Stemmer");
        } catch (ClassNotFoundException unknown) {
            throw new IllegalArgumentException("Invalid stemmer class specified: " + language, unknown);
        }
        return tokens -> new SnowballFilter(tokens, name);
    }

    /** What {@code stemmer} knows beside Snowball's languages. */
    private static final Map<String, UnaryOperator<TokenStream>> STEMMERS = Map.ofEntries(
        Map.entry("arabic", ArabicStemFilter::new),
        Map.entry("bengali", BengaliStemFilter::new),
        Map.entry("bulgarian", BulgarianStemFilter::new),
        Map.entry("czech", CzechStemFilter::new),
        Map.entry("english", PorterStemFilter::new),
        Map.entry("greek", GreekStemFilter::new),
        Map.entry("hindi", HindiStemFilter::new),
        Map.entry("indonesian", IndonesianStemFilter::new),
        Map.entry("latvian", LatvianStemFilter::new),
        Map.entry("light_english", KStemFilter::new),
        Map.entry("light_french", FrenchLightStemFilter::new),
        Map.entry("light_german", GermanLightStemFilter::new),
        Map.entry("light_italian", ItalianLightStemFilter::new),
        Map.entry("light_portuguese", PortugueseLightStemFilter::new),
        Map.entry("light_russian", RussianLightStemFilter::new),
        Map.entry("light_spanish", SpanishLightStemFilter::new),
        Map.entry("light_swedish", SwedishLightStemFilter::new),
        Map.entry("minimal_english", EnglishMinimalStemFilter::new),
        Map.entry("minimal_french", FrenchMinimalStemFilter::new),
        Map.entry("minimal_german", GermanMinimalStemFilter::new),
        Map.entry("persian", PersianStemFilter::new),
        Map.entry("porter", PorterStemFilter::new),
        Map.entry("porter2", snowball("English")),
        Map.entry("possessive_english", EnglishPossessiveFilter::new));

    private static UnaryOperator<TokenStream> stemmer(Environment environment, Settings settings) {
        String language = language(settings, "porter").toLowerCase(Locale.ROOT);
        UnaryOperator<TokenStream> special = STEMMERS.get(language);
        return special != null ? special : snowball(language);
    }

    /** Keeps the first of the tokens with the same text; the others leave no gap. */
    private static final class Unique extends TokenFilter {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final CharArraySet seen = new CharArraySet(16, false);

        Unique(TokenStream tokens) {
            super(tokens);
        }

        @Override
        public boolean incrementToken() throws IOException {
            while (input.incrementToken()) {
                if (seen.add(term.toString())) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void reset() throws IOException {
            super.reset();
            seen.clear();
        }
    }
}
