package storytrail.node;

import java.io.Reader;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.analysis.AbstractCharFilterFactory;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.PreBuiltAnalyzerProviderFactory;
import org.elasticsearch.index.analysis.PreConfiguredCharFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.indices.analysis.PreBuiltCacheFactory.CachingStrategy;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

/**
 * What a distribution of Elasticsearch has and Maven Central lacks: text analysis under its names and settings, and the
 * answer at {@code /}. This class only registers; the parts themselves are in {@link TokenFilters}, {@link CharFilters},
 * {@link Tokenizers} and {@link Analyzers}.
 */
public final class Parts extends Plugin implements AnalysisPlugin, ActionPlugin {
    private ClusterService cluster;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        cluster = services.clusterService();
        return List.of();
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new RootHandler(cluster));
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> providers = new TreeMap<>();
        TokenFilters.ALL.forEach((type, part) -> providers.put(type,
            // Otherwise every new index would make each of them without settings, which not all of them can do.
            AnalysisPlugin.requiresAnalysisSettings((index, environment, name, settings) ->
                tokenFilter(name, part.normalizing(), part.maker().make(environment, settings)))));
        return providers;
    }

    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        return TokenFilters.ALL.entrySet().stream().filter(entry -> entry.getValue().bare() != null)
            .map(entry -> PreConfiguredTokenFilter.singleton(
                entry.getKey(), entry.getValue().normalizing(), entry.getValue().bare()::apply))
            .toList();
    }

    private static TokenFilterFactory tokenFilter(String name, boolean normalizing, UnaryOperator<TokenStream> filter) {
        class Plain extends AbstractTokenFilterFactory {
            Plain() {
                super(name);
            }

            @Override
            public TokenStream create(TokenStream tokens) {
                return filter.apply(tokens);
            }
        }
        class Normalizing extends Plain implements NormalizingTokenFilterFactory {}
        return normalizing ? new Normalizing() : new Plain();
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        Map<String, AnalysisProvider<CharFilterFactory>> providers = new TreeMap<>();
        CharFilters.ALL.forEach((type, maker) -> providers.put(type,
            AnalysisPlugin.requiresAnalysisSettings((index, environment, name, settings) ->
                charFilter(name, type.equals("html_strip") == false, maker.make(environment, settings)))));
        return providers;
    }

    @Override
    public List<PreConfiguredCharFilter> getPreConfiguredCharFilters() {
        return List.of(PreConfiguredCharFilter.singleton("html_strip", false, CharFilters.HTML_STRIP::apply));
    }

    private static CharFilterFactory charFilter(String name, boolean normalizing, UnaryOperator<Reader> filter) {
        class Plain extends AbstractCharFilterFactory {
            Plain() {
                super(name);
            }

            @Override
            public Reader create(Reader text) {
                return filter.apply(text);
            }
        }
        class Normalizing extends Plain implements NormalizingCharFilterFactory {}
        return normalizing ? new Normalizing() : new Plain();
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        Map<String, AnalysisProvider<TokenizerFactory>> providers = new TreeMap<>();
        Tokenizers.ALL.forEach((type, maker) -> providers.put(type, (index, environment, name, settings) ->
            TokenizerFactory.newFactory(name, maker.apply(settings))));
        return providers;
    }

    @Override
    public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
        return Tokenizers.ALL.entrySet().stream()
            .map(entry -> PreConfiguredTokenizer.singleton(entry.getKey(), entry.getValue().apply(Settings.EMPTY)))
            .toList();
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> providers = new TreeMap<>();
        Analyzers.ALL.forEach((type, maker) -> providers.put(type, (index, environment, name, settings) -> {
            Analyzer analyzer = maker.make(environment, settings);
            return new AbstractIndexAnalyzerProvider<Analyzer>(name) {
                @Override
                public Analyzer get() {
                    return analyzer;
                }
            };
        }));
        return providers;
    }

    @Override
    public List<PreBuiltAnalyzerProviderFactory> getPreBuiltAnalyzerProviderFactories() {
        return Analyzers.LANGUAGES.stream()
            .map(name -> new PreBuiltAnalyzerProviderFactory(name, CachingStrategy.LUCENE, () -> Analyzers.bare(name)))
            .toList();
    }
}
