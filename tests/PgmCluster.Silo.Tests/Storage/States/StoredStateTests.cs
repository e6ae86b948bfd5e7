using System.Collections;
using System.Reflection;
using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>
/// State that some version has stored must be read by every later one. The samples are what the serializer of the storage wrote; they are
/// never edited. With <c>PGM_WRITE_SAMPLES=1</c> the tests write those that are missing.
/// </summary>
public sealed class StoredStateTests
{
    private static string Samples => StoredTypes.SamplePath("");

    public static TheoryData<string> Files => [.. StoredStates.All.Select(sample => sample.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_Sample_GivesEveryFieldThatWasWritten(string file)
    {
        var written = StoredStates.All.Single(sample => sample.File == file).State;

        var read = StoredTypes.Read(written.GetType(), new BinaryData(File.ReadAllBytes(PathOf(file, written))));

        AssertSame(written, read, written.GetType().Name);
    }

    [Fact]
    public void Write_NewestSampleOfEachState_IsWhatIsStoredNow()
    {
        foreach (var (file, state) in Newest()) Assert.Equal(File.ReadAllText(PathOf(file, state)), StoredTypes.Write(state));
    }

    [Fact]
    public void Samples_TheNewestOfEachState_GiveEveryFieldAValueThatNoDefaultHas()
    {
        var seen = new Dictionary<string, bool>();
        foreach (var (_, state) in Newest()) Look(state, seen);

        Assert.Empty(
            seen.Where(field => !field.Value).Select(field => $"{field.Key} has no sample: give it a value in {nameof(StoredStates)}, in "
            + "a sample with the next number"));
    }

    [Fact]
    public void Samples_EveryStateThatAGrainStores_HasOne()
    {
        Assert.Equal(
            StoredTypes.States.Select(t => t.Name).Order(),
            StoredStates.All.Select(sample => sample.State.GetType().Name).Distinct().Order());
        Assert.Equal(StoredStates.All.Select(sample => sample.File).Order(StringComparer.Ordinal),
            Directory.GetFiles(Samples).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string File, object State)> Newest() =>
        StoredStates.All.GroupBy(sample => sample.State.GetType()).Select(
            samples => samples.MaxBy(sample => int.Parse(sample.File.Split('.')[1])));

    private static string PathOf(string file, object state)
    {
        var path = Path.Combine(Samples, file);
        if (File.Exists(path) || Environment.GetEnvironmentVariable("PGM_WRITE_SAMPLES") != "1") return path;
        Directory.CreateDirectory(Samples);
        File.WriteAllText(path, StoredTypes.Write(state));
        return path;
    }

    private static IEnumerable<PropertyInfo> Fields(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p =>
            p.CanWrite && p.GetIndexParameters().Length == 0 && p.PropertyType != typeof(UnknownMembers)
            // Sent with an answer, never stored.
            && p.GetCustomAttribute<JsonIgnoreAttribute>() is null);

    private static bool IsValue(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan);

    private static void AssertSame(object? expected, object? actual, string path)
    {
        if (expected is null || actual is null || IsValue(expected.GetType()))
        {
            Assert.True(Equals(expected, actual), $"{path}: written {expected ?? "null"}, read {actual ?? "null"}");
        }
        else if (expected is IDictionary dictionary)
        {
            var read = Assert.IsAssignableFrom<IDictionary>(actual);
            Assert.Equal(dictionary.Keys.Cast<object>().Order(), read.Keys.Cast<object>().Order());
            foreach (var key in dictionary.Keys) AssertSame(dictionary[key], read[key], $"{path}[{key}]");
        }
        else if (expected is IEnumerable list)
        {
            var (written, read) = (list.Cast<object?>().ToList(), ((IEnumerable)actual).Cast<object?>().ToList());
            Assert.True(written.Count == read.Count, $"{path}: written {written.Count} elements, read {read.Count}");
            for (var i = 0; i < written.Count; i++) AssertSame(written[i], read[i], $"{path}[{i}]");
        }
        else
        {
            foreach (var field in Fields(expected.GetType()))
                AssertSame(field.GetValue(expected), field.GetValue(actual), $"{path}.{field.Name}");
        }
    }

    /// <summary>
    /// Notes for each field of each class within <paramref name="value"/> whether it ever differs from what a missing one would be read as.
    /// </summary>
    private static void Look(object? value, Dictionary<string, bool> seen)
    {
        if (value is null || IsValue(value.GetType())) return;
        if (value is IDictionary dictionary)
        {
            foreach (var element in dictionary.Values) Look(element, seen);
            return;
        }
        if (value is IEnumerable list)
        {
            foreach (var element in list) Look(element, seen);
            return;
        }
        var type = value.GetType();
        var missing = type.GetConstructor(Type.EmptyTypes) is null ? null : Activator.CreateInstance(type);
        foreach (var field in Fields(type))
        {
            var given = field.GetValue(value);
            var otherwise = missing is not null ? field.GetValue(missing) : field.PropertyType.IsValueType ? Activator
                .CreateInstance(field.PropertyType) : null;
            // A class within has defaults of its own, which are looked at there.
            var differs = given is IEnumerable and not string
                ? ((IEnumerable)given).Cast<object?>().Any()
                : given is not null && (!IsValue(given.GetType()) || !Equals(given, otherwise));
            var name = $"{type.Name}.{field.Name}";
            seen[name] = seen.GetValueOrDefault(name) || differs;
            Look(given, seen);
        }
    }
}
