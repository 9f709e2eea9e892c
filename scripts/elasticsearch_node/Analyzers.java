package storytrail.node;

import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.core.SimpleAnalyzer;
import org.apache.lucene.analysis.core.StopAnalyzer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.th.ThaiTokenizer;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.Analysis;

/** Analyzers by their names in Elasticsearch: those of languages are Lucene's, with its stop words. */
final class Analyzers {
    /** Lucene's package and class, without "Analyzer"; the class in lower case is Elasticsearch's name. */
    private static final String CLASSES = "ar.Arabic hy.Armenian eu.Basque bn.Bengali br.Brazilian bg.Bulgarian ca.Catalan "
        + "cjk.CJK cz.Czech da.Danish nl.Dutch en.English et.Estonian fi.Finnish fr.French gl.Galician de.German el.Greek "
        + "hi.Hindi hu.Hungarian id.Indonesian ga.Irish it.Italian lv.Latvian lt.Lithuanian no.Norwegian fa.Persian "
        + "pt.Portuguese ro.Romanian ru.Russian sr.Serbian ckb.Sorani es.Spanish sv.Swedish th.Thai tr.Turkish";

    static final Map<String, Maker<Analyzer>> ALL = new TreeMap<>();
    static final List<String> LANGUAGES;

    static {
        for (String place : CLASSES.split(" ")) {
            // Without Thai word breaks in this Java, a registered analyzer of that name would break every new index.
            if (place.equals("th.Thai") == false || ThaiTokenizer.DBBI_AVAILABLE) {
                String name = place.substring(place.indexOf('.') + 1).toLowerCase(Locale.ROOT);
                ALL.put(name, (environment, settings) -> language(place, environment, settings));
            }
        }
        LANGUAGES = List.copyOf(ALL.keySet());
        ALL.put("keyword", (environment, settings) -> new KeywordAnalyzer());
        ALL.put("simple", (environment, settings) -> new SimpleAnalyzer());
        ALL.put("whitespace", (environment, settings) -> new WhitespaceAnalyzer());
        ALL.put("stop", (environment, settings) -> new StopAnalyzer(
            Analysis.parseStopWords(environment, settings, EnglishAnalyzer.ENGLISH_STOP_WORDS_SET)));
    }

    private Analyzers() {}

    /** The analyzer as it is without settings, which may name a file only together with an environment. */
    static Analyzer bare(String name) {
        return ALL.get(name).make(null, Settings.EMPTY);
    }

    /** Settings: stopwords, stopwords_path and, where the language has a stemmer, stem_exclusion. */
    private static Analyzer language(String place, Environment environment, Settings settings) {
        try {
            Class<?> type = Class.forName("org.apache.lucene.analysis." + place + "Analyzer");
            CharArraySet usual = (CharArraySet) type.getMethod("getDefaultStopSet").invoke(null);
            CharArraySet stopWords = Analysis.parseStopWords(environment, settings, usual);
            CharArraySet unstemmed = Analysis.parseStemExclusion(settings, CharArraySet.EMPTY_SET);
            for (Constructor<?> constructor : type.getConstructors()) {
                if (constructor.getParameterCount() == 2) {
                    return (Analyzer) constructor.newInstance(stopWords, unstemmed);
                }
            }
            return (Analyzer) type.getConstructor(CharArraySet.class).newInstance(stopWords);
        } catch (ReflectiveOperationException problem) {
            throw new IllegalStateException("Lucene has no usable " + place + "Analyzer", problem);
        }
    }
}
