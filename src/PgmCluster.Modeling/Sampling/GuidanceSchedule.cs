using System.Text.Json.Serialization;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The guidance weight w_i of step i of S.</summary>
public enum GuidanceSchedule
{
    /// <summary>w_i = w i/(S-1), and w where S = 1.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>w in every step.</summary>
    [JsonStringEnumMemberName("constant")]
    Constant,
}
