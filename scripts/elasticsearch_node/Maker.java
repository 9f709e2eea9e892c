package storytrail.node;

import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;

/** Makes a part of an analyzer from its settings in an index; what is wrong with them is an IllegalArgumentException. */
@FunctionalInterface
interface Maker<T> {
    T make(Environment environment, Settings settings);

    /** The value of a setting that has no default. */
    static String required(Settings settings, String key) {
        String value = settings.get(key);
        if (value == null) {
            throw new IllegalArgumentException("[" + key + "] is missing");
        }
        return value;
    }
}
