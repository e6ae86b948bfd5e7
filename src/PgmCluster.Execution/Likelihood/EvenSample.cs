using System.Text.Json.Serialization;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Likelihood;

/// <summary>
/// Some images for all of a set: one of each of as many equal stretches, in their order, always the same. So they lie as closely together
/// as the set allows, and a set in the order of its classes is represented as well as a mixed one.
/// </summary>
/// <param name="Of">Images of the set.</param>
/// <param name="Count">Images that are taken, at most <paramref name="Of"/>.</param>
public sealed record EvenSample(int Of, int Count)
{
    /// <summary>The <paramref name="number"/>-th of them: its index in the set.</summary>
    [JsonIgnore]
    public int this[int number]
    {
        get
        {
            var (first, end) = (StretchAt(number), StretchAt(number + 1));
            return first + DerivedSeed.Below(DerivedSeed.Of(0, RandomPurpose.Likelihood, number), end - first);
        }
    }

    /// <summary>Where the stretch of the <paramref name="number"/>-th begins; of the number <see cref="Count"/> the end.</summary>
    public int StretchAt(int number) => (int)((long)number * Of / Count);
}
