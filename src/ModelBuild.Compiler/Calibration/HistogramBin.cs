namespace ModelBuild.Compiler.Calibration;

/// <summary>Magnitudes that lie together.</summary>
/// <param name="Low">The smallest that belongs to it.</param>
/// <param name="High">The largest that belongs to it.</param>
/// <param name="Count">How many values there were.</param>
internal readonly record struct HistogramBin(double Low, double High, double Count)
{
    public double Center => (Low + High) / 2;
}
