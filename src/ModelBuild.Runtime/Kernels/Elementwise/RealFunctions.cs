using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>A function of a real number, written once for every width.</summary>
internal interface IRealFunction
{
    static abstract TLanes Invoke<TLanes>(TLanes value)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>;
}

/// <summary>A function of an angle, also of one that needs more than lanes can do.</summary>
internal interface IAngleFunction : IRealFunction
{
    static abstract double Invoke(double value);
}

/// <summary>A function of a real number of which some arguments need more than lanes can do.</summary>
internal interface IRealOperator
{
    /// <summary>Whether all lanes hold arguments that <see cref="Invoke{TLanes}(TLanes)"/> takes.</summary>
    bool Takes<TLanes>(TLanes value)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>;

    TLanes Invoke<TLanes>(TLanes value)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>;

    /// <summary>The same for any argument.</summary>
    double Invoke(double value);
}

/// <summary>The functions of float64 that have no parameters.</summary>
internal static class RealFunctions
{
    public readonly struct Exp : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Exp(value);
    }

    public readonly struct Log : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Log(value);
    }

    public readonly struct Sinh : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Sinh(value);
    }

    public readonly struct Cosh : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Cosh(value);
    }

    public readonly struct Asinh : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Asinh(value);
    }

    public readonly struct Acosh : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Acosh(value);
    }

    public readonly struct Atanh : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Atanh(value);
    }

    public readonly struct Tanh : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Tanh(value);
    }

    public readonly struct Asin : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Asin(value);
    }

    public readonly struct Acos : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Acos(value);
    }

    public readonly struct Atan : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Atan(value);
    }

    public readonly struct Floor : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TLanes.Floor(value);
    }

    public readonly struct Ceil : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TLanes.Ceiling(value);
    }

    public readonly struct Round : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TLanes.Round(value);
    }

    public readonly struct Sqrt : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TLanes.Sqrt(value);
    }

    public readonly struct Reciprocal : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TLanes.Broadcast(1) / value;
    }

    public readonly struct Softsign : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => value / (TLanes.Broadcast(1) + TLanes.Abs(value));
    }

    public readonly struct Relu : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TLanes.WhereLess(value, TLanes.Broadcast(0), TLanes.Broadcast(0), value);
    }

    public readonly struct Sigmoid : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => 
                TLanes.Broadcast(1) / (TLanes.Broadcast(1) + Elementary.Exp(TLanes.Broadcast(0) - value));
    }

    public readonly struct Softplus : IRealFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => 
                TLanes.WhereLess(value, TLanes.Broadcast(0), TLanes.Broadcast(0), value)
                    + Elementary.LogOnePlus(Elementary.Exp(TLanes.Broadcast(0) - TLanes.Abs(value)));
    }

    public readonly struct Sin : IAngleFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Sin(value);

        public static double Invoke(double value) => Elementary.Sin(value);
    }

    public readonly struct Cos : IAngleFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Cos(value);

        public static double Invoke(double value) => Elementary.Cos(value);
    }

    public readonly struct Tan : IAngleFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => Elementary.Tan(value);

        public static double Invoke(double value) => Elementary.Tan(value);
    }

    /// <summary>A function of angles, of which lanes take those below <see cref="Elementary.LargestAngle"/>.</summary>
    public readonly struct OfAngle<TFunction> : IRealOperator
        where TFunction : IAngleFunction
    {
        public bool Takes<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> =>
            TLanes.AllLess(TLanes.Abs(value), TLanes.Broadcast(Elementary.LargestAngle));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TFunction.Invoke(value);

        public double Invoke(double value) => TFunction.Invoke(value);
    }

    /// <summary>A function that takes every argument.</summary>
    public readonly struct Total<TFunction> : IRealOperator
        where TFunction : IRealFunction
    {
        public bool Takes<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => TFunction.Invoke(value);

        public double Invoke(double value) => TFunction.Invoke(new Float64x1(value)).Value;
    }
}
