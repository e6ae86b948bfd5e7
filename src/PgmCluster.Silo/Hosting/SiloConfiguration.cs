using Microsoft.Extensions.Configuration;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Hosting;

/// <summary>Reads the options of a silo from where an operator puts them.</summary>
public static class SiloConfiguration
{
    private const string Section = "Pgm";

    /// <summary>Names of the settings, as in <c>Pgm:SiloName</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(SiloOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name)];

    /// <param name="options">The defaults; changed in place.</param>
    /// <param name="file">JSON file with a section "Pgm", or null.</param>
    /// <param name="settings">Values by name, in rising order of precedence; null leaves what was said before.</param>
    /// <exception cref="SiloStartException">The file is missing or is not JSON, or a value has not the right type.</exception>
    public static void Apply(SiloOptions options, string? file, params IEnumerable<IEnumerable<KeyValuePair<string, string?>>> settings)
    {
        var configuration = new ConfigurationManager();
        try
        {
            if (file is not null)
            {
                if (!File.Exists(file))
                    throw new SiloStartException($"Trying to read the configuration {file}: there is no such file. Check --config.");
                configuration.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
            }
            foreach (var source in settings)
            {
                configuration.AddInMemoryCollection(
                    source.Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create($"{Section}:{pair.Key}", pair.Value)));
            }
            configuration.GetSection(Section).Bind(options);
        }
        catch (InvalidDataException e)
        {
            throw new SiloStartException(
                $"Trying to read the configuration {file}: it is not JSON ({(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}). "
                + "Correct it.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new SiloStartException($"Trying to read the configuration: {e.Message} Correct that value.", e);
        }
    }
}
