using System.Collections;
using System.Reflection;

namespace PgmCluster.Grains.Hosting;

/// <summary>
/// Finds what a client left out of a request: its compiler need not know of nullable references, and then a null arrives where none
/// belongs.
/// </summary>
internal static class MissingValues
{
    private static readonly Assembly s_contracts = typeof(PgmCluster.Contracts.Errors.PgmException).Assembly;

    /// <summary>The first argument, or member of an argument that is a request, that must be there and is null.</summary>
    /// <returns>Its path, as in <c>request.Preset</c>; null where nothing is missing.</returns>
    public static string? First(MethodInfo method, Func<int, object?> argument)
    {
        // Not shared: it is not safe for several threads, and requests are rare.
        var nullability = new NullabilityInfoContext();
        return method.GetParameters()
            .Where(p => !p.ParameterType.IsValueType)
            .Select(p => First(nullability, p.Name!, argument(p.Position), nullability.Create(p)))
            .FirstOrDefault(path => path is not null);
    }

    private static string? First(NullabilityInfoContext nullability, string path, object? value, NullabilityInfo declared)
    {
        if (value is null) return declared.ReadState == NullabilityState.NotNull ? path : null;
        if (value is string) return null;
        if (value is IEnumerable items) return FirstElement(nullability, path, items, declared);
        return value.GetType().Assembly != s_contracts ? null : value.GetType().GetProperties()
            .Where(p => p.GetIndexParameters().Length == 0 && p.CanWrite && !p.PropertyType.IsValueType)
            .Select(p => First(nullability, $"{path}.{p.Name}", p.GetValue(value), nullability.Create(p)))
            .FirstOrDefault(found => found is not null);
    }

    private static string? FirstElement(NullabilityInfoContext nullability, string path, IEnumerable items, NullabilityInfo declared)
    {
        var element = declared.ElementType ?? declared.GenericTypeArguments.FirstOrDefault();
        if (element is null || declared.GenericTypeArguments.Length > 1) return null;
        var index = 0;
        foreach (var item in items)
        {
            if (First(nullability, $"{path}[{index++}]", item, element) is { } found) return found;
        }
        return null;
    }
}
