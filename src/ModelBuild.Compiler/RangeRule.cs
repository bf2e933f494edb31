namespace ModelBuild.Compiler;

/// <summary>Which of the values that a tensor takes on the samples have codes of their own; what lies beyond is cut off.</summary>
public enum RangeRule
{
    /// <summary>All of them.</summary>
    MinMax,

    /// <summary>A moving average of each sample's smallest and largest value.</summary>
    MovingAverage,

    /// <summary>All but some per cent at either end.</summary>
    Percentile,

    /// <summary>So many that codes distribute as values do: the range of least Kullback-Leibler divergence.</summary>
    Entropy,

    /// <summary>So many that rounding and cutting off together cost least: the range of least mean squared error.</summary>
    MeanSquaredError,
}
